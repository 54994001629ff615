"""The single matters of a grant: looked for, added, taken out, and what became of each try (R-2.6.5.5)."""

from typing import Any

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import grant_terms
from jsrs_portal.services.grant_terms import NamedMatter
from jsrs_portal.state.form_state import key_of
from jsrs_portal.state.forms import FormModel, read_form


class MatterText(FormModel):
    """What somebody looks for among the matters."""

    matter_text: str = ""


class MatterPicker(rx.State, mixin=True):
    """What was found and chosen; ``picked`` says what the last step did, ``unpicked`` why it did nothing."""

    chosen: list[NamedMatter] = []
    hits: list[NamedMatter] = []
    picked: str = ""
    unpicked: str = ""

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def find_matters(self, form: dict[str, Any]):
        """Look for single matters to add to the scope, by name or pinyin."""
        await self._look(form, add=False)

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def pick_matter(self, form: dict[str, Any]):
        """Add the matter that is meant; when it may be several, show them."""
        await self._look(form, add=True)

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    async def add_matter(self, key: str):
        """Add a single matter to the scope."""
        async with db.reading() as session:
            found = await grant_terms.offered_matter(session, key=key_of(key))
        self._say_picked(found.sentence if isinstance(found, Refusal) else self._add(found))

    @rx.event
    @requires(Permission.GRANTS_MANAGE)
    def drop_matter(self, key: str):
        """Take a single matter out of the scope."""
        gone = [one.name for one in self.chosen if one.key == key]
        self.chosen = [one for one in self.chosen if one.key != key]
        self.picked, self.unpicked = (f"已移除「{gone[0]}」。" if gone else ""), ""

    async def _look(self, form: dict[str, Any], *, add: bool) -> None:
        read = read_form(MatterText, form)
        async with db.reading() as session:
            found = await grant_terms.meant_matters(session, text=read.matter_text if read else "")
        if isinstance(found, Refusal):
            self.hits = []
            self._say_picked(found.sentence)
        elif add and len(found) == 1:
            self.hits = []
            self._say_picked(self._add(found[0]))
        else:
            self.hits, self.picked, self.unpicked = list(found), f"找到 {len(found)} 项，请选择要添加的事项。", ""

    def _add(self, one: NamedMatter) -> str:
        """Add a matter and return why not; empty when it was added."""
        if any(known.key == one.key for known in self.chosen):
            return f"「{one.name}」已经在所选事项中，不用重复添加。"
        if len(self.chosen) >= grant_terms.MOST_MATTERS:
            return f"单项事项最多选择 {grant_terms.MOST_MATTERS} 项，更多的请直接选择业务类别。"
        self.chosen = [*self.chosen, one]
        return ""

    def _say_picked(self, why_not: str) -> None:
        self.unpicked = why_not
        self.picked = "" if why_not else f"已添加「{self.chosen[-1].name}」，共选择 {len(self.chosen)} 项。"

    def _forget_picked(self, chosen: list[NamedMatter] | None = None) -> None:
        self.chosen, self.hits, self.picked, self.unpicked = chosen or [], [], "", ""
