"""快递 as applicants and officers use it: the address, the numbers, what becomes of parcels (R-2.6.4)."""

import secrets
from typing import Any

from tests.access import people
from tests.access.people import execute, rows
from tests.access.scenarios import Walk, permitted
from tests.support.cases import forget_cases, number, put_cases

PAGE = "/unit/shipments"
CASE, LIST, DESK = "courier_state", "shipments_state", "staff_courier_state"
INJURY, DISPUTE = "work-injury-recognition", "labour-arbitration-application"
RECIPIENT = {"name": "沈听澜", "mobile": "13812340001"}
PLACE = {"province": "320000", "city": "320500", "county": "320583", "detail": "前进东路8号前台"}


def waybill() -> str:
    """Return a number that no other test uses."""
    return f"77{secrets.randbelow(10**10):010d}1"


async def address_of(walk: Walk, tab: Any) -> str:
    """Add an address to the unit that ``tab`` acts for; return it."""
    page = "/unit/settings/addresses"
    await walk.call(tab, "AddressesState.load", None, page)
    await walk.call(tab, "AddressesState.open_new", None, page)
    await walk.call(tab, "AddressesState.submit", {"form": RECIPIENT | PLACE}, page)
    items: Any = tab.value("addresses_state", "items")
    return str(items[0]["id"])


@permitted(
    "CourierState.load",
    "CourierState.look_again",
    "CourierState.open_address",
    "CourierState.submit_address",
    "CourierState.drop_address",
    "CourierState.open_send",
    "CourierState.submit_send",
    "CourierState.open_remove",
    "CourierState.confirm_remove",
    "CourierState.refresh",
    "CourierState.close_dialog",
    "ShipmentsState.load",
    "ShipmentsState.more",
)
async def a_unit_says_where_to_and_sends_materials(walk: Walk) -> None:
    """An address chosen, dropped, chosen; materials registered, asked about, found in the list, taken off."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    whose = {"mobile": cast.neighbour.mobile, "uscc": cast.neighbour.uscc}
    (case_id,) = put_cases(cast.portal.database, **whose, key=INJURY, status="ACCEPTED")
    page, sent = f"/cases/{case_id}", [waybill() for _ in range(21)]
    browser = await people.log_in(cast.portal, cast.neighbour)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"CourierState.{method}", payload, page)

        def view() -> dict[str, Any]:
            return dict(tab.value(CASE, "view"))  # pyright: ignore

        where = await address_of(walk, tab)
        await call("load")
        assert (view()["choosable"], view()["sendable"], view()["delivery"]["id"]) == (True, True, "")
        await call("open_address")
        await call("submit_address", {"form": {"address": "0" * 32}})
        assert list(tab.value(CASE, "error")) == ["address"]
        await call("close_dialog")
        for method in ("submit_address", "drop_address", "submit_address"):
            await call(method, {"form": {"address": where}} if method == "submit_address" else None)
        assert (view()["delivery"]["name"], view()["delivery"]["address_id"]) == ("沈**", where)
        for serial in sent[:2]:
            await call("open_send")
            assert tab.value(CASE, "dialog") == "send"
            await call("submit_send", {"form": {"company": "", "number": ""}})
            assert sorted(tab.value(CASE, "error")) == ["company", "number"]
            await call("submit_send", {"form": {"company": "ems", "number": serial}})
        shown = view()["shipments"]
        assert [one["number"] for one in shown] == [sent[1], sent[0]]
        await call("refresh", {"shipment_id": shown[0]["id"]})
        assert "30 分钟" in str(tab.value(CASE, "trouble")) or tab.value("shell_state", "message")
        await call("look_again")
        await call("open_remove", {"shipment_id": shown[1]["id"]})
        await call("confirm_remove")
        assert [one["number"] for one in view()["shipments"]] == [sent[1]]
        for extra in sent[2:10]:
            await call("submit_send", {"form": {"company": "ems", "number": extra}})
        (second,) = put_cases(cast.portal.database, **whose, key=INJURY, first=2, status="ACCEPTED")
        page = f"/cases/{second}"
        await call("load")
        for extra in sent[10:20]:
            await call("submit_send", {"form": {"company": "ems", "number": extra}})
        (third,) = put_cases(cast.portal.database, **whose, key=INJURY, first=3, status="ACCEPTED")
        page = f"/cases/{third}"
        await call("load")
        for extra in (sent[20], waybill()):
            await call("submit_send", {"form": {"company": "ems", "number": extra}})

        async def listed(address: str) -> list[str]:
            await walk.call(tab, "ShipmentsState.load", None, address)
            items: Any = tab.value(LIST, "items")
            return [one["number"] for one in items]

        first = await listed(PAGE)
        assert (len(first), bool(tab.value(LIST, "after"))) == (20, True)
        await walk.call(tab, "ShipmentsState.more", None, PAGE)
        assert len(tab.value(LIST, "items")) == 21
        assert await listed(f"{PAGE}?q={sent[1]}") == [sent[1]]
        await walk.call(tab, "ShipmentsState.load", None, "/my/shipments")
        assert tab.departures[-1] == PAGE
        assert RECIPIENT["mobile"] not in tab.received
    forget_cases(cast.portal.database)
    execute(cast.portal, "DELETE FROM addresses")


@permitted("CourierState.choose_province", "CourierState.choose_city", "CourierState.submit_address")
async def a_person_types_where_to(walk: Walk) -> None:
    """Whoever applies for themselves has no addresses here: three lists, a street, the recipient."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    (case_id,) = put_cases(cast.portal.database, mobile=cast.roleless.mobile, key=DISPUTE, status="ACCEPTED")
    page = f"/cases/{case_id}"
    browser = await people.log_in(cast.portal, cast.roleless, as_person=True)
    async with await browser.tab() as tab:
        await walk.call(tab, "CourierState.load", None, page)
        await walk.call(tab, "CourierState.open_address", None, page)
        await walk.call(tab, "CourierState.choose_province", {"code": "320000"}, page)
        await walk.call(tab, "CourierState.choose_city", {"code": "320500"}, page)
        counties: Any = tab.value(CASE, "counties")
        assert "昆山市" in [one["label"] for one in counties]
        await walk.call(tab, "CourierState.submit_address", {"form": RECIPIENT | PLACE}, page)
        view: Any = tab.value(CASE, "view")
        assert (view["typed"], view["delivery"]["name"]) == (True, "沈**")
    forget_cases(cast.portal.database)


@permitted(
    "StaffCourierState.load",
    "StaffCourierState.look_again",
    "StaffCourierState.open_full",
    "StaffCourierState.hide",
    "StaffCourierState.open_send",
    "StaffCourierState.submit_send",
    "StaffCourierState.open_remove",
    "StaffCourierState.confirm_remove",
    "StaffCourierState.refresh",
    "StaffCourierState.close_dialog",
)
async def an_officer_sends_a_result(walk: Walk) -> None:
    """The recipient masked, in full, masked; a number registered, taken off, another one."""
    cast = walk.cast
    forget_cases(cast.portal.database)
    whose = {"mobile": cast.neighbour.mobile, "uscc": cast.neighbour.uscc}
    (case_id,) = put_cases(cast.portal.database, **whose, key=INJURY, status="ACCEPTED")
    applicant = await people.log_in(cast.portal, cast.neighbour)
    async with await applicant.tab() as tab:
        where = await address_of(walk, tab)
        await walk.call(tab, "CourierState.load", None, f"/cases/{case_id}")
        await walk.call(tab, "CourierState.submit_address", {"form": {"address": where}}, f"/cases/{case_id}")
    execute(cast.portal, "UPDATE cases SET status = 'COMPLETED' WHERE id = ?", case_id)
    page = f"/staff/cases/{case_id}"
    browser = await people.log_in_staff(cast.portal, people.OFFICER)
    async with await browser.tab() as tab:

        async def call(method: str, payload: object = None) -> None:
            await walk.call(tab, f"StaffCourierState.{method}", payload, page)

        def view() -> dict[str, Any]:
            return dict(tab.value(DESK, "view"))  # pyright: ignore

        await call("load")
        assert (view()["wished"], view()["sendable"], view()["delivery"]["detail"]) == (True, True, "")
        for secret in (*RECIPIENT.values(), PLACE["detail"]):
            assert secret not in tab.received
        await call("open_full")
        assert tab.value(DESK, "full")["mobile"] == RECIPIENT["mobile"]
        await call("hide")
        assert tab.value(DESK, "full")["mobile"] == ""
        await call("open_send")
        await call("submit_send", {"form": {"company": "ems", "number": "1"}})
        assert list(tab.value(DESK, "error")) == ["number"]
        await call("close_dialog")
        for _ in range(2):
            serial = waybill()
            await call("submit_send", {"form": {"company": "shunfeng", "number": serial}})
            (sent,) = view()["shipments"]
            assert (sent["number"], sent["removable"]) == (serial, True)
            await call("open_remove", {"shipment_id": sent["id"]})
            assert tab.value(DESK, "dialog") == "remove"
            await (call("confirm_remove") if _ == 0 else call("close_dialog"))
        await call("refresh", {"shipment_id": sent["id"]})
        await call("look_again")
        assert len(view()["shipments"]) == 1
    audited = "SELECT action FROM audit_entries WHERE subject = ? AND action LIKE 'courier.%'"
    assert {one["action"] for one in rows(cast.portal, audited, case_id)} == {
        *("courier.address", "courier.unmask", "courier.send", "courier.drop"),
    }
    assert number(1)
    forget_cases(cast.portal.database)
    execute(cast.portal, "DELETE FROM addresses")
