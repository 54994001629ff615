"""单位信息 as its people use it: seen, changed, changed by two at once, looked back at (R-2.6.2.1 to R-2.6.2.3)."""

from typing import Any

from tests.access import people
from tests.access.client import Socket
from tests.access.scenarios import Walk, permitted

PAGE = "/unit/info"
STATE = "unit_info_state"


def value(tab: Socket, name: str) -> Any:
    """Return what the page has of the state."""
    return tab.value(STATE, name)


@permitted(
    "UnitInfoState.load",
    "UnitInfoState.edit",
    "UnitInfoState.cancel",
    "UnitInfoState.find_codes",
    "UnitInfoState.save",
    "UnitInfoState.show_history",
    "UnitInfoState.more_history",
    "UnitInfoState.close_history",
)
async def changes_the_unit_and_meets_somebody_who_does_too(walk: Walk) -> None:
    """One opens the form, another saves, the first is told and saves on top; the history has both."""
    cast = walk.cast
    hers, his = await people.log_in(cast.portal, cast.neighbour), await people.log_in(cast.portal, cast.admin)
    async with await hers.tab() as tab, await his.tab() as other:

        async def call(page: Socket, method: str, payload: object = None) -> None:
            await walk.call(page, f"UnitInfoState.{method}", payload, PAGE)

        for page in (tab, other):
            await call(page, "load")
            assert (value(page, "info")["uscc"], value(page, "editing")) == (cast.neighbour.uscc, False)
            assert [group["name"] for group in value(page, "groups")][:2] == ["就业创业", "社会保险"]
            await call(page, "edit")
            assert value(page, "editing")
        await call(tab, "find_codes", {"field": "subordination", "text": "x"})
        assert [one["label"] for one in value(tab, "codes")] == ["50 县", "63 乡"]
        assert (value(tab, "codes_of"), value(tab, "codes_for")) == ("subordination", "x")
        await call(tab, "find_codes", {"field": "uscc", "text": ""})
        assert value(tab, "codes_of") == "subordination"
        form = dict(value(tab, "values"))
        await call(tab, "save", {"form": form | {"category": "", "subordination": "没有"}})
        assert [one["field"] for one in value(tab, "errors")] == ["subordination", "category"]
        await call(other, "save", {"form": form | {"subordination": "50 县", "economic_type": "150"}})
        assert not value(other, "editing")
        await call(tab, "save", {"form": form | {"subordination": "20 省"}})
        both, theirs = value(tab, "clashes")
        assert {(one["theirs"], one["mine"]) for one in (both, theirs)} == {("县", "省"), ("有限责任（公司）", "")}
        assert value(tab, "editing")
        again = dict(value(tab, "values")) | {"subordination": "20 省"}
        await call(tab, "save", {"form": again})
        await call(tab, "save", {"form": again})  # the second click of two
        assert value(tab, "info")["shown"]["subordination"] == "省"
        assert value(tab, "info")["shown"]["economic_type"] == "有限责任（公司）"
        await call(tab, "show_history")
        assert value(tab, "history_open")
        assert [row["role"] for row in value(tab, "history")] == ["法定代表人", "管理员"]
        await call(tab, "more_history")
        assert len(value(tab, "history")) == 2
        await call(tab, "close_history")
        assert not value(tab, "history_open")
        await call(tab, "edit")
        await call(tab, "cancel")
        assert not value(tab, "editing")
        everything = tab.received + other.received
    for one in (cast.neighbour, cast.admin):
        assert not [secret for secret in (one.name, one.id_number, one.mobile) if secret in everything]
