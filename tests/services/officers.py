"""Officers in the words of the tests: made, logged in, acting."""

import asyncio
from dataclasses import dataclass

from jsrs_portal import clock, crypto, db
from jsrs_portal.access import cookie
from jsrs_portal.access.actor import resolve
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.domain.totp import code_of, step_at
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import staff, staff_login, staff_sessions
from tests.services.world import ADDRESS, visitor

PASSWORD = "Desk-4711-quiet"


@dataclass(frozen=True)
class Officer:
    """An officer's account, and what its holder knows and has."""

    id: str
    login: str
    secret: str
    role: StaffRole
    region: str

    def code(self, steps: int = 0) -> str:
        """Return what the authenticator shows so many steps from now."""
        return code_of(self.secret, step_at(clock.now()) + steps)

    @property
    def acting(self) -> Actor:
        """The officer at work, as the access layer would say it."""
        return Actor(
            session_key=crypto.fingerprint(self.login),
            address=ADDRESS,
            staff_id=self.id,
            staff_role=self.role,
            staff_region=self.region,
        )


async def officer(
    login: str = "zhang.san", role: StaffRole = StaffRole.OFFICER, region: str = "", *, must_change: bool = False
) -> Officer:
    """Add an account as an operator does; its first password has been changed unless it ``must_change``."""
    async with db.unit_of_work() as session:
        made = await staff.add_staff(session, login=login, name="张三丰", role=role, region=region)
    assert isinstance(made, staff.Enrolment), made
    hashed = await asyncio.to_thread(crypto.hash_password, PASSWORD)
    async with db.unit_of_work() as session:
        account = await staff._by_login(session, login)
        assert account is not None
        staff.set_password(account, hashed, must_change=must_change)
        return Officer(account.id, login, account.totp, role, region)


async def log_in(
    who: Officer, *, login: str = "", password: str = PASSWORD, code: str | None = None, actor: Actor | None = None
):
    """Type the three of them; anything may be typed differently."""
    return await staff_login.login_staff(
        actor=actor or visitor(),
        login=login or who.login,
        password=password,
        code=who.code() if code is None else code,
    )


async def redeem(ticket: object, actor: Actor | None = None) -> str:
    """Fetch the session; return the new cookie's value, empty when it was refused."""
    value = cookie.new_staff()
    text = ticket.value if isinstance(ticket, staff_login.StaffTicket) else str(ticket)
    async with db.unit_of_work() as session:
        opened = await staff_sessions.redeem_staff_ticket(
            session,
            actor=actor or visitor(),
            ticket=text,
            cookie_key=cookie.session_key(value),
            device="Test browser",
        )
    return value if opened is not None else ""


async def at_work(who: Officer) -> str:
    """Log in and return the cookie's value."""
    value = await redeem(await log_in(who))
    assert value
    return value


async def whose(value: str, *, passive: bool = True):
    """Return who a cookie's value belongs to now."""
    return await resolve(cookie.proof(value), address=ADDRESS, passive=passive)


async def account(who: Officer) -> Staff:
    """Return the account as it is stored."""
    async with db.reading() as session:
        return await session.get_one(Staff, who.id)
