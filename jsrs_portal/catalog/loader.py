"""Reads the whole catalogue from files and checks it; one bad file never stops the others (rule 4)."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from jsrs_portal.catalog.faults import Fault, dotted, faults_of
from jsrs_portal.catalog.marked_yaml import Marked, Place, Unreadable, read_marked
from jsrs_portal.catalog.shipped import FOLDER
from jsrs_portal.domain.hall_content import AnnouncementDefinition, CityFront, attachment_problem
from jsrs_portal.domain.matter_parts import Part
from jsrs_portal.domain.matters import ALL_REGIONS, Level, MatterDefinition
from jsrs_portal.domain.regions import RegionTree
from jsrs_portal.domain.taxonomy import Taxonomy

Model = TypeVar("Model", bound=Part)
Found = Iterator[tuple[Place, str]]
"""Mistakes that only the other files show: where, and why."""


@dataclass(frozen=True)
class AttachedFile:
    """A file that lies under ``attachments/`` with an announcement; ``number`` is its place there, from 1."""

    number: int
    path: Path
    size: int
    digest: str


@dataclass
class Catalogue:
    """Everything that could be read. ``present`` are the keys of all files, the refused ones too.

    Without a taxonomy or regions nothing else can be judged, and both are ``None`` together with empty lists.
    """

    taxonomy: Taxonomy | None = None
    regions: RegionTree | None = None
    matters: dict[str, MatterDefinition] = field(default_factory=dict)
    announcements: dict[str, AnnouncementDefinition] = field(default_factory=dict)
    attached: dict[str, tuple[AttachedFile, ...]] = field(default_factory=dict)
    cities: dict[str, CityFront] = field(default_factory=dict)
    present: dict[str, set[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether there is anything to load from."""
        return self.taxonomy is not None and self.regions is not None


def catalogue_files(folder: Path = FOLDER) -> list[Path]:
    """Return the files of the catalogue in a fixed order."""
    places = ("taxonomy.yaml", "regions.yaml", "matters/*/*.yaml", "announcements/*.yaml", "cities/*.yaml")
    return [file for place in places for file in sorted(folder.glob(place))]


def catalogue_digest(folder: Path = FOLDER) -> str:
    """Return a hash of all files, by which an unchanged catalogue is known without reading it as YAML."""
    digest = hashlib.sha256()
    for file in (*catalogue_files(folder), *sorted(folder.glob("attachments/*/*"))):
        digest.update(str(file.relative_to(folder)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def read_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Read and check everything under ``folder``. Takes seconds: in the server, call it in a thread."""
    found = Catalogue()
    files = {kind: [file for file in catalogue_files(folder) if kind_of(file) == kind] for kind in _KINDS}
    found.present = {kind: {file.stem for file in some} for kind, some in files.items()}
    found.taxonomy = _read(found, folder / "taxonomy.yaml", folder, Taxonomy)
    found.regions = _read(found, folder / "regions.yaml", folder, RegionTree)
    if not found.usable:
        found.taxonomy = found.regions = None
        return found
    codes: dict[str, str] = {}
    for kind, some in files.items():
        for file in some:
            _add(found, kind, file, folder, codes)
    return found


def check_files(files: Sequence[Path], folder: Path = FOLDER) -> Catalogue:
    """Check ``files``, which need not be in ``folder`` yet, beside everything that is there; only theirs is returned.

    ``announcements`` and ``cities`` are told by the folder a file is in; any other file is a matter.
    """
    rest = read_catalogue(folder)
    if not rest.usable:
        return Catalogue(faults=rest.faults, present=rest.present)
    found = Catalogue(rest.taxonomy, rest.regions, present=rest.present)
    given = {file.resolve() for file in files}
    named = {file.stem for file in files}
    others = (m for m in rest.matters.values() if m.key not in named)
    codes = {matter.codes.basic: matter.key for matter in others}
    for file in sorted(given):
        if file.name in ("taxonomy.yaml", "regions.yaml"):
            _read(found, file, Path(), Taxonomy if file.name == "taxonomy.yaml" else RegionTree)
        else:
            _add(found, kind_of(file), file, Path(), codes)
    return found


_KINDS = ("matters", "announcements", "cities")


def kind_of(file: Path) -> str:
    """Return what a file holds, by the folder it is in; the two that stand above the folders are of no kind."""
    if file.name in ("taxonomy.yaml", "regions.yaml"):
        return ""
    return file.parent.name if file.parent.name in ("announcements", "cities") else "matters"


def _add(found: Catalogue, kind: str, file: Path, folder: Path, codes: dict[str, str]) -> None:
    """Read ``file`` into ``found``; ``codes`` are the basic codes that are taken."""
    if kind == "matters":
        matter = _read(found, file, folder, MatterDefinition, lambda m: _matter_faults(m, file, found, codes))
        if matter is not None:
            found.matters[matter.key] = matter
            codes[matter.codes.basic] = matter.key
    elif kind == "announcements":
        news = _read(found, file, folder, AnnouncementDefinition, lambda a: _news_faults(a, file, found))
        if news is not None:
            found.announcements[news.key] = news
            found.attached[news.key] = tuple(_attached(news, file))
    else:
        front = _read(found, file, folder, CityFront, lambda c: _city_faults(c, file, found))
        if front is not None:
            found.cities[front.region] = front


def _read(
    found: Catalogue, file: Path, folder: Path, model: type[Model], more: Callable[[Model], Found] | None = None
) -> Model | None:
    """Read one file into ``model`` and run the checks ``more``; note what is wrong and give ``None`` then."""
    name = str(file.relative_to(folder) if file.is_relative_to(folder) else file)
    marked = Marked(None)
    try:
        marked = read_marked(file)
        read = model.model_validate(marked.value)
    except OSError:
        found.faults.append(Fault(name, 1, "", "文件不存在或无法读取"))
        return None
    except Unreadable as error:
        found.faults.append(Fault(name, error.line, "", str(error)))
        return None
    except ValidationError as error:
        found.faults += faults_of(error, marked, name)
        return None
    faults = (
        [Fault(name, marked.nearest(place)[1], dotted(place), reason) for place, reason in more(read)] if more else []
    )
    found.faults += faults
    return None if faults else read


def _matter_faults(matter: MatterDefinition, file: Path, found: Catalogue, codes: dict[str, str]) -> Found:
    yield from _named_like_its_file(matter.key, file, "key")
    if file.parent.parent.name == "matters" and matter.category != file.parent.name:
        yield ("category",), f"与所在文件夹 {file.parent.name} 不一致"
    if matter.key in found.matters:
        yield ("key",), f"与另一文件的事项重复：{matter.key}"
    if matter.codes.basic in codes:
        yield ("codes", "basic"), f"与事项 {codes[matter.codes.basic]} 的基本编码重复"
    if matter.workflow is not None:
        yield from ((("workflow", *where), reason) for where, reason in matter.workflow.problems())
    if found.taxonomy is None or found.regions is None:
        return
    yield from (((name,), reason) for name, reason in found.taxonomy.problems(matter))
    known = found.regions.by_code
    for number, code in enumerate(matter.regions):
        if code != ALL_REGIONS and code not in known:
            yield ("regions", number), f"没有代码为 {code} 的行政区划"
    for number, office in enumerate(matter.guide.offices):
        if office.region not in known:
            yield ("guide", "offices", number, "region"), f"没有代码为 {office.region} 的行政区划"


def _news_faults(news: AnnouncementDefinition, file: Path, found: Catalogue) -> Found:
    yield from _named_like_its_file(news.key, file, "key")
    if found.regions and news.region not in found.regions.by_code:
        yield ("region",), f"没有代码为 {news.region} 的行政区划"

    for number, attachment in enumerate(news.attachments):
        if attachment.file is None:
            continue
        try:
            problem = attachment_problem(attachment.file, _beside(file, news.key, attachment.file).read_bytes())
        except OSError:
            problem = f"没有文件 attachments/{news.key}/{attachment.file}"
        if problem:
            yield ("attachments", number, "file"), problem


def _beside(file: Path, key: str, name: str) -> Path:
    """Return where the attachment ``name`` of the announcement in ``file`` lies."""
    return file.parent.parent / "attachments" / key / name


def _attached(news: AnnouncementDefinition, file: Path) -> Iterator[AttachedFile]:
    for number, attachment in enumerate(news.attachments, start=1):
        if attachment.file is not None:
            path = _beside(file, news.key, attachment.file)
            content = path.read_bytes()
            yield AttachedFile(number, path, len(content), hashlib.sha256(content).hexdigest())


def _city_faults(front: CityFront, file: Path, found: Catalogue) -> Found:
    yield from _named_like_its_file(front.region, file, "region")
    region = found.regions.by_code.get(front.region) if found.regions else None
    if region is None or region.level is not Level.CITY:
        yield ("region",), f"{front.region} 不是设区市的代码"
    # A matter that is refused itself is named where it stands; its city stays.
    for number, key in enumerate(front.featured):
        if key not in found.present["matters"]:
            yield ("featured", number), f"没有名为 {key} 的事项"


def _named_like_its_file(name: str, file: Path, where: str) -> Found:
    if name != file.stem:
        yield (where,), f"与文件名 {file.stem} 不一致"
