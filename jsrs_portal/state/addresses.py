"""我的收件地址: the list, the form with its three dependent lists, and removing (R-2.6.8.4)."""

import reflex as rx

from jsrs_portal import db
from jsrs_portal.access.actor import current_actor
from jsrs_portal.access.departure import depart
from jsrs_portal.access.policies import requires
from jsrs_portal.catalog.shipped import divisions
from jsrs_portal.domain.authority import Permission
from jsrs_portal.domain.delivery_addresses import AddressTyped
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.services import delivery_addresses
from jsrs_portal.services.delivery_addresses import AddressRow
from jsrs_portal.state.form_state import FormState, key_of
from jsrs_portal.state.forms import FormModel, submits

_NONE = AddressRow("", 0, "", "", "", "", "", "", "", is_default=False)


class AddressForm(FormModel):
    """An address as typed."""

    name: str = ""
    mobile: str = ""
    province: str = ""
    city: str = ""
    county: str = ""
    detail: str = ""
    is_default: str = ""


class AddressesState(FormState, rx.State):
    """The unit's addresses, which dialog is open, and the cities and counties of what is chosen in it.

    Of the divisions only what lies below a choice goes to the browser, never the whole list.
    """

    loaded: bool = False
    items: list[AddressRow] = []
    room: str = ""
    left: int = 0
    may_manage: bool = False

    dialog: str = ""
    target: AddressRow = _NONE
    province: str = ""
    city: str = ""
    cities: list[dict[str, str]] = []
    counties: list[dict[str, str]] = []

    @rx.event
    @requires(Permission.ADDRESSES_VIEW, passive=True)
    async def load(self):
        """Show the addresses: one statement. A form stays open, see ``AgentsState.load``; a question does not."""
        if self.dialog == "remove":
            self._begin("", _NONE)
        await self._read()

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    def open_new(self):
        """「新增收件地址」."""
        self._begin("edit", _NONE)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    def open_edit(self, address_id: str):
        """「修改」 of one of the list."""
        target = self._listed(address_id)
        self._begin("edit" if target.id else "", target)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    def open_remove(self, address_id: str):
        """Ask whether one is really to go."""
        target = self._listed(address_id)
        self._begin("remove" if target.id else "", target)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    def close_dialog(self):
        """Close whichever dialog is open."""
        self._begin("", _NONE)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    def choose_province(self, code: str):
        """Fill the cities of a province; no county is chosen then, but those of the address that is changed."""
        self.province = code_of(code)
        self.city = self.target.city if self.province == self.target.province else ""
        self.cities, self.counties = choices_below(self.province), choices_below(self.city)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    def choose_city(self, code: str):
        """Fill the counties of a city."""
        self.city = code_of(code)
        self.counties = choices_below(self.city)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    @submits(AddressForm)
    async def submit(self, read: AddressForm):
        """Add the address, or change it."""
        if self.dialog != "edit":
            self.busy = False
            return  # the second click of two: the first has done it, and said so
        values = read.model_dump(exclude={"is_default"})
        typed = AddressTyped(**values, is_default=read.is_default == "yes")
        async with db.unit_of_work() as session:
            if self.target.id:
                outcome = await delivery_addresses.change_address(
                    session,
                    actor=current_actor(),
                    address_id=self.target.id,
                    version=self.target.version,
                    typed=typed,
                )
            else:
                outcome = await delivery_addresses.add_address(session, actor=current_actor(), typed=typed)
        if isinstance(outcome, list):
            self._refuse(outcome)
            await self._read()
            return
        done = "收件地址已修改。" if self.target.id else "收件地址已新增。"
        await self._done(done)

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    async def confirm_remove(self):
        """Remove it; a second click finds none to remove."""
        if self.dialog != "remove":
            return
        async with db.unit_of_work() as session:
            refused = await delivery_addresses.remove_address(
                session, actor=current_actor(), address_id=self.target.id, version=self.target.version
            )
        await self._settle(refused, "收件地址已删除。")

    @rx.event
    @requires(Permission.ADDRESSES_MANAGE)
    async def make_default(self, address_id: str):
        """「设为默认」."""
        async with db.unit_of_work() as session:
            refused = await delivery_addresses.make_default(
                session, actor=current_actor(), address_id=key_of(address_id)
            )
        await self._settle(refused, "已设为默认收件地址。")

    async def _settle(self, refused: Refusal | None, done: str) -> None:
        if refused is None:
            await self._done(done)
            return
        await self._read()
        self._refuse([refused])

    async def _done(self, sentence: str) -> None:
        self._begin("", _NONE)
        await self._say("ok", sentence)
        await self._read()

    async def _read(self) -> None:
        async with db.reading() as session:
            view = await delivery_addresses.view_addresses(session, actor=current_actor())
        if view is None:
            await depart("/refused")
            return
        self.items, self.room, self.left = list(view.rows), view.room, view.left
        self.may_manage, self.loaded = view.may_manage, True

    def _listed(self, address_id: object) -> AddressRow:
        return next((row for row in self.items if row.id == key_of(address_id)), _NONE)

    def _begin(self, dialog: str, target: AddressRow) -> None:
        self.dialog, self.target, self.busy = dialog, target, False
        self.province, self.city = target.province, target.city
        self.cities, self.counties = choices_below(target.province), choices_below(target.city)
        self._refuse([])


def code_of(value: object) -> str:
    """Return the code of a division that a list of ours could have sent; "" for anything else."""
    return value if isinstance(value, str) and value in divisions().by_code else ""


def choices_below(code: str) -> list[dict[str, str]]:
    """Return what lies directly below a division as choices; nothing for none."""
    below = divisions().children(code) if code else ()
    return [{"value": one.code, "label": one.name} for one in below]
