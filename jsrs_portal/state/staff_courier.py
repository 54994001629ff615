"""快递 of one case at the desk: where the result goes, in full when it is sent, and what is under way (R-2.6.4)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.once import show_once
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.permissions import Permission
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.shipments import TWICE
from jsrs_portal.services import parcel_tracking, shipping, staff_shipments
from jsrs_portal.services.staff_shipments import DeskCourier, FullDelivery
from jsrs_portal.state.courier import ParcelForm
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import submits
from jsrs_portal.state.gateways import gateways
from jsrs_portal.state.staff_case import StaffCaseState

_NOTHING = FullDelivery()


class StaffCourierState(FormState, rx.State):
    """The couriers of the case that the address names. ``full`` is only ever sent (``access.once``)."""

    loaded: bool = False
    view: DeskCourier = DeskCourier()
    full: FullDelivery = _NOTHING
    dialog: str = ""
    target: str = ""

    _case: str = ""
    """Whose page this is; what the browser has of it decides nothing."""

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def load(self):
        """Show what the case has to do with couriers."""
        self._case = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        self._begin("")
        self.full = _NOTHING
        await self._read()

    @rx.event
    @requires(Permission.STAFF_CASES, passive=True)
    async def look_again(self):
        """Show what has changed since; the page asks again and again."""
        if not self.dialog and self._case:
            await self._read()

    @rx.event
    @requires(Permission.STAFF_UNMASK)
    async def open_full(self):
        """Show the recipient in full, to be written on the parcel, until it is hidden or the page is left."""
        async with db.unit_of_work() as session:
            found = await staff_shipments.open_delivery(session, actor=current_actor(), case_id=self._case)
        if isinstance(found, Refusal):
            self._refuse([found])
            return
        self._refuse([])
        await show_once(self, full=found)

    @rx.event
    @requires(Permission.STAFF_CASES)
    def hide(self):
        """Show the recipient masked again."""
        self.full = _NOTHING

    @rx.event
    @requires(Permission.STAFF_CASES)
    def open_send(self):
        """Ask by what number the result was sent."""
        self._begin("send" if self.view.sendable else "")

    @rx.event
    @requires(Permission.STAFF_CASES)
    @submits(ParcelForm)
    async def submit_send(self, read: ParcelForm):
        """Register the parcel and tell whoever applied."""
        async with db.unit_of_work() as session:
            outcome = await shipping.send_result(session, actor=current_actor(), case_id=self._case, typed=read.typed())
        if isinstance(outcome, list):
            self._refuse([] if outcome == [TWICE] and self.dialog != "send" else outcome)  # two clicks: one has done it
            return
        self.full = _NOTHING
        await self._settle(None, "快递单号已登记，并已通知申请人。")

    @rx.event
    @requires(Permission.STAFF_CASES)
    def open_remove(self, shipment_id: str):
        """Ask whether a registration is really to go."""
        known = {one.id for one in self.view.shipments if one.removable}
        self._begin("remove" if key_of(shipment_id) in known else "", key_of(shipment_id))

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def confirm_remove(self):
        """Take it off; a second click finds none."""
        if self.dialog != "remove":
            return
        async with db.unit_of_work() as session:
            refused = await shipping.remove_shipment(session, actor=current_actor(), shipment_id=self.target)
        await self._settle(refused, "快递登记已删除。")

    @rx.event
    @requires(Permission.STAFF_CASES)
    async def refresh(self, shipment_id: str):
        """Ask where a parcel is; a number may be asked about every thirty minutes."""
        async with db.reading() as session:
            parcel_id = await staff_shipments.may_handle(
                session, actor=current_actor(), shipment_id=key_of(shipment_id)
            )
        refused = await parcel_tracking.ask_about(gateways().courier, parcel_id=parcel_id) if parcel_id else None
        await self._settle(refused, "物流信息已更新。" if parcel_id else "")

    @rx.event
    @requires(Permission.STAFF_CASES)
    def close_dialog(self):
        """Close whichever dialog is open."""
        self._begin("")

    async def _settle(self, refused: Refusal | None, done: str) -> None:
        self._begin("")
        await self._read()
        if refused is not None:
            self._refuse([refused])
        elif done:
            await (await self.get_state(StaffCaseState))._read()
            await self._say("ok", done)

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await staff_shipments.view_desk_courier(session, actor=current_actor(), case_id=self._case)
        self.view, self.loaded = view or DeskCourier(), True

    def _begin(self, dialog: str, target: str = "") -> None:
        self.dialog, self.target = dialog, target
        self._refuse([])
