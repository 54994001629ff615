"""快递 of one case, for those in whose name it was handed in: where the result goes, what is under way (R-2.6.4)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.policies import requires
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.delivery_addresses import AddressTyped
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.domain.shipments import TWICE, ParcelTyped
from jsrs_portal.services import case_delivery, parcel_tracking, shipment_views, shipping
from jsrs_portal.services.case_delivery import NO_DELIVERY
from jsrs_portal.services.delivery_addresses import AddressRow
from jsrs_portal.services.shipment_views import CourierView
from jsrs_portal.state.addresses import choices_below, code_of
from jsrs_portal.state.case import CaseState
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, submits
from jsrs_portal.state.gateways import gateways


class DeliveryForm(FormModel):
    """Where a result is to be sent: one of the unit's addresses, or one that is typed."""

    address: str = ""
    name: str = ""
    mobile: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    detail: str = ""


class ParcelForm(FormModel):
    """A parcel as typed."""

    company: str = ""
    number: str = ""
    phone: str = ""

    def typed(self) -> ParcelTyped:
        """Return it in the words of the rules."""
        return ParcelTyped(company=self.company, number=self.number, phone=self.phone)


class CourierState(FormState, rx.State):
    """The couriers of the case that the address names, which dialog is open, and the divisions chosen in it."""

    loaded: bool = False
    view: CourierView = CourierView()
    choices: list[dict[str, str]] = []
    chosen: str = ""
    """The address that is offered first: the one that was chosen, else the unit's default."""
    dialog: str = ""
    target: str = ""
    province: str = ""
    city: str = ""
    cities: list[dict[str, str]] = []
    counties: list[dict[str, str]] = []

    _case: str = ""
    """Whose page this is; what the browser has of it decides nothing."""

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def load(self):
        """Show what the case has to do with couriers. A form stays open while the page reconnects."""
        case_id = key_of(self.router.url.path.rstrip("/").rpartition("/")[2])
        if case_id != self._case:
            self._case = case_id
            self._begin("")
        await self._read()

    @rx.event
    @requires(Permission.APPLY, passive=True)
    async def look_again(self):
        """Show what has changed since; the page asks again and again. A dialog is not disturbed."""
        if self.dialog or not self._case:
            return
        before = self.view.version
        await self._read()
        if before and self.view.version != before:
            case = await self.get_state(CaseState)
            if not await case._follow():  # what the case itself has come to is said, parcels stand in its timeline
                await case._read_again()

    @rx.event
    @requires(Permission.APPLY)
    def open_address(self):
        """Ask where the result is to be sent."""
        self._begin("address" if self.view.choosable else "")

    @rx.event
    @requires(Permission.APPLY)
    def choose_province(self, code: str):
        """Fill the cities of a province; no county is chosen then, but those of the address that is changed."""
        self.province, before = code_of(code), self.view.delivery
        self.city = before.city if self.province == before.province else ""
        self.cities, self.counties = choices_below(self.province), choices_below(self.city)

    @rx.event
    @requires(Permission.APPLY)
    def choose_city(self, code: str):
        """Fill the counties of a city."""
        self.city = code_of(code)
        self.counties = choices_below(self.city)

    @rx.event
    @requires(Permission.APPLY)
    @submits(DeliveryForm)
    async def submit_address(self, read: DeliveryForm):
        """Have the result sent there."""
        typed = AddressTyped(**read.model_dump(exclude={"address"}))
        async with db.unit_of_work() as session:
            outcome = await case_delivery.choose_delivery(
                session, actor=current_actor(), case_id=self._case, address_id=key_of(read.address), typed=typed
            )
        if isinstance(outcome, list):
            self._refuse(outcome)
            await self._read()
            return
        await self._done("已选择结果寄送地址，办结后将寄到这里。")

    @rx.event
    @requires(Permission.APPLY)
    async def drop_address(self):
        """Have nothing sent after all."""
        async with db.unit_of_work() as session:
            refused = await case_delivery.drop_delivery(session, actor=current_actor(), case_id=self._case)
        await self._settle(refused, "已取消结果寄送。")

    @rx.event
    @requires(Permission.APPLY)
    def open_send(self):
        """Ask by what number materials were sent in."""
        self._begin("send" if self.view.sendable else "")

    @rx.event
    @requires(Permission.APPLY)
    @submits(ParcelForm)
    async def submit_send(self, read: ParcelForm):
        """Register materials that were sent in."""
        async with db.unit_of_work() as session:
            outcome = await shipping.send_materials(
                session, actor=current_actor(), case_id=self._case, typed=read.typed()
            )
        if isinstance(outcome, list):
            self._refuse([] if outcome == [TWICE] and self.dialog != "send" else outcome)  # two clicks: one has done it
            return
        await self._done("快递单号已登记，物流信息会自动更新。")

    @rx.event
    @requires(Permission.APPLY)
    def open_remove(self, shipment_id: str):
        """Ask whether a registration is really to go."""
        known = {one.id for one in self.view.shipments if one.removable}
        self._begin("remove" if key_of(shipment_id) in known else "", key_of(shipment_id))

    @rx.event
    @requires(Permission.APPLY)
    async def confirm_remove(self):
        """Take it off; a second click finds none."""
        if self.dialog != "remove":
            return
        async with db.unit_of_work() as session:
            refused = await shipping.remove_shipment(session, actor=current_actor(), shipment_id=self.target)
        await self._settle(refused, "快递登记已删除。")

    @rx.event
    @requires(Permission.APPLY)
    async def refresh(self, shipment_id: str):
        """Ask where a parcel is; a number may be asked about every thirty minutes."""
        async with db.reading() as session:
            parcel_id = await shipment_views.may_look_at(
                session, actor=current_actor(), shipment_id=key_of(shipment_id)
            )
        refused = await parcel_tracking.ask_about(gateways().courier, parcel_id=parcel_id) if parcel_id else None
        await self._settle(refused, "物流信息已更新。" if parcel_id else "")

    @rx.event
    @requires(Permission.APPLY)
    def close_dialog(self):
        """Close whichever dialog is open."""
        self._begin("")

    async def _settle(self, refused: Refusal | None, done: str) -> None:
        if refused is None and done:
            await self._done(done)
            return
        self._begin("")
        await self._read()
        await (await self.get_state(CaseState))._read_again()  # what came meanwhile belongs to its timeline too
        self._refuse([refused] if refused else [])

    async def _done(self, sentence: str) -> None:
        self._begin("")
        await self._read()
        await (await self.get_state(CaseState))._read_again()
        await self._say("ok", sentence)

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await shipment_views.view_courier(session, actor=current_actor(), case_id=self._case)
        self.view, self.loaded = view or CourierView(), True
        self.choices = [_choice(one) for one in self.view.addresses]
        known = {one.id for one in self.view.addresses}
        usual = next((one.id for one in self.view.addresses if one.is_default), "")
        self.chosen = self.view.delivery.address_id if self.view.delivery.address_id in known else usual

    def _begin(self, dialog: str, target: str = "") -> None:
        self.dialog, self.target, self.busy = dialog, target, False
        begin = self.view.delivery if dialog == "address" and self.view.typed else NO_DELIVERY
        self.province, self.city = begin.province, begin.city
        self.cities, self.counties = choices_below(begin.province), choices_below(begin.city)
        self._refuse([])


def _choice(one: AddressRow) -> dict[str, str]:
    usual = "（默认地址）" if one.is_default else ""
    return {"value": one.id, "label": f"{one.name} {one.mobile}{usual}", "more": f"{one.place} {one.detail}"}
