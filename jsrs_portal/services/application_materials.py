"""The materials of an application: what is handed in as a file, what for, and what is brought elsewhere (R-2.6.3.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from jsrs_portal.domain.form_reading import Reading
from jsrs_portal.domain.matter_forms import FieldType
from jsrs_portal.domain.matter_guides import Material, Necessity
from jsrs_portal.services.case_files import FileView
from jsrs_portal.services.opened_cases import Opened


@dataclass(frozen=True)
class MaterialView:
    """One place for files: the question's key and label, what its material must be like, and the files there."""

    key: str
    label: str
    required: bool
    notes: tuple[str, ...]
    blank_href: str
    sample_href: str
    most: int
    full: bool
    files: tuple[FileView, ...]


def materials(opened: Opened, reading: Reading, files: Sequence[FileView]) -> list[MaterialView]:
    """Return the places for files that are asked for now, each with the files that are there."""
    by_key = {one.key: one for one in opened.definition.guide.materials}
    found: list[MaterialView] = []
    for one in opened.form.fields:
        if one.type is not FieldType.FILE or one.key not in reading.shown:
            continue
        material = by_key.get(one.material or "")
        mine = tuple(file for file in files if file.field == one.key)
        found.append(
            MaterialView(
                key=one.key,
                label=one.label,
                required=one.key in reading.needed,
                notes=(*([one.help] if one.help else ()), *_notes(material)),
                blank_href=(material.blank or "") if material else "",
                sample_href=(material.sample or "") if material else "",
                most=one.at_once,
                full=sum(file.state != "REFUSED" for file in mine) >= one.at_once,
                files=mine,
            )
        )
    return found


def brought_elsewhere(opened: Opened) -> list[str]:
    """Return the guide's materials that no question asks for, each with how it gets there."""
    attached = {one.material for one in opened.form.fields if one.material}
    return [
        f"{one.name}：{one.exempt_note or '由办理部门核查，不需要提交。'}"
        if one.exempt
        else f"{one.name}（{one.necessity.value}，{one.form.value}）：办理时按办理部门的通知提交。"
        for one in opened.definition.guide.materials
        if one.key not in attached and (one.exempt or one.necessity is not Necessity.NOT_NEEDED)
    ]


def _notes(material: Material | None) -> tuple[str, ...]:
    if material is None:
        return ()
    return tuple(text for text in (material.notes, material.necessity_note, material.standard) if text)
