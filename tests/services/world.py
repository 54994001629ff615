"""What people do with the portal, in the words of the tests: fill in, show their face, type the code, log in."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import event, func, select, text
from sqlmodel import SQLModel

from jsrs_portal import clock, crypto, db
from jsrs_portal.access import cookie
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.registration import PERSON_REGISTRATION, UNIT_REGISTRATION
from jsrs_portal.domain.wizards import WizardSpec
from jsrs_portal.gateways.face.port import FaceAnswer
from jsrs_portal.models.people import PERSONAL, Person, unit_realm
from jsrs_portal.models.registry import metadata
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.services import codes, face_step, people, person_registration, sessions, unit_registration
from jsrs_portal.services.drafts import SavedProgress, load_progress
from jsrs_portal.services.login import Ticket
from jsrs_portal.services.registration import AccountStep
from tests.services.fakes import Outside
from tests.services.numbers import Employer, Human

PASSWORD = "gB7~nR2_xW5^pL8"
OTHER_PASSWORD = "tK4#hm9Wq&Zs"
ADDRESS = "203.0.113.7"
USER_AGENT = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
)
Row = TypeVar("Row", bound=SQLModel)
TABLES = tuple(metadata.tables)
"""The names of all tables."""


def visitor(name: str = "browser", address: str = ADDRESS) -> Actor:
    """Return a browser that has not logged in."""
    return Actor(session_key=crypto.fingerprint(name), address=address)


def sentences(outcome: Any) -> str:
    """Return every sentence of a refusal or of a list of them."""
    found = outcome if isinstance(outcome, list) else [outcome]
    return "\n".join(refusal.sentence for refusal in found)


def fields(outcome: Any) -> list[str]:
    """Return the fields a list of refusals names."""
    assert isinstance(outcome, list), outcome
    return [refusal.field for refusal in outcome]


async def at_once(*calls: Awaitable[Any]) -> list[Any]:
    """Run everything at the same time and return all results; anything raised is raised here."""
    await warm_up(min(len(calls), 20))
    return list(await asyncio.gather(*calls))


async def rows(model: type[Row]) -> list[Row]:
    """Return all rows of a table."""
    async with db.reading() as session:
        return list((await session.execute(select(model))).scalars())


async def how_many(model: type[SQLModel]) -> int:
    """Return the number of rows of a table."""
    async with db.reading() as session:
        return (await session.execute(select(func.count()).select_from(model))).scalar_one()


async def everything_stored() -> str:
    """Return all rows of all tables as the database holds them, bytes as far as they are text."""
    found: list[str] = []
    async with db.reading() as session:
        for table in TABLES:
            for row in await session.execute(text(f"SELECT * FROM {table}")):
                for value in row:
                    raw = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
                    found.append(raw.decode("utf-8", "replace"))
    return "\n".join(found)


async def change(model: type[SQLModel], **values: Any) -> None:
    """Set columns of every row of a table."""
    async with db.unit_of_work() as session:
        for row in (await session.execute(select(model))).scalars():
            for name, value in values.items():
                setattr(row, name, value)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the SQL statements that reach the database inside the block."""
    seen: list[str] = []
    target = db.engine().sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split()[0].upper() in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}:
            seen.append(statement)

    event.listen(target, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(target, "before_cursor_execute", note)


async def warm_up(connections: int = 1) -> None:
    """Open connections beforehand, so that simultaneous calls meet and a driver's own questions are not counted."""
    async with AsyncExitStack() as stack:
        for _ in range(connections):
            session = await stack.enter_async_context(db.reading())
            await session.execute(text("SELECT 1"))


@dataclass(frozen=True)
class Account:
    """A registered unit with its legal representative."""

    unit_id: str
    unit_number: str
    person_id: str
    grant_id: str


@dataclass
class World:
    """One test's outside systems, and the steps of registration and login."""

    outside: Outside = field(default_factory=Outside)

    async def load(self, actor: Actor, spec: WizardSpec = UNIT_REGISTRATION) -> SavedProgress:
        """Return how far this browser is."""
        async with db.reading() as session:
            return await load_progress(session, spec=spec, owner=actor.session_key)

    # 单位注册

    async def fill_unit(self, actor: Actor, employer: Employer, **other: Any) -> SavedProgress | list[Any]:
        """Send step 1; ``other`` are fields typed differently."""
        typed = {
            "uscc": employer.uscc,
            "unit_name": employer.name,
            "id_type": "01",
            "id_number": employer.legal_rep.id_number,
            "legal_name": employer.legal_rep.name,
            "agreed": True,
        } | other
        return await unit_registration.submit_unit_step(
            self.outside.registry,
            actor=actor,
            saved=await self.load(actor),
            typed=unit_registration.UnitStep(**typed),
        )

    async def start_face(self, actor: Actor) -> Any:
        """Have the QR code shown."""
        saved = await self.load(actor)
        return await face_step.start(self.outside.face, unit_registration.FACE, actor=actor, saved=saved)

    async def follow_face(self, actor: Actor) -> tuple[SavedProgress, Any]:
        """Ask where the face check is."""
        saved = await self.load(actor)
        return await face_step.follow(self.outside.face, unit_registration.FACE, actor=actor, saved=saved)

    async def pass_face(self, actor: Actor) -> SavedProgress:
        """Show the QR code and pass."""
        await self.start_face(actor)
        self.outside.face.answer = FaceAnswer(passed=True)
        saved, _ = await self.follow_face(actor)
        self.outside.face.answer = FaceAnswer(passed=False)
        return saved

    async def send_code(
        self, actor: Actor, mobile: str, purpose: CodePurpose = CodePurpose.UNIT_REGISTRATION
    ) -> codes.CodeSent | Any:
        """Ask for a code."""
        return await codes.send_code(self.outside.sms, actor=actor, purpose=purpose, mobile=mobile)

    async def code(self, actor: Actor, mobile: str, purpose: CodePurpose = CodePurpose.UNIT_REGISTRATION) -> str:
        """Ask for a code and read it on the phone."""
        sent = await self.send_code(actor, mobile, purpose)
        assert isinstance(sent, codes.CodeSent), sent
        return self.outside.sms.code_for(mobile)

    async def ready_to_register(self, actor: Actor, employer: Employer, mobile: str = "") -> AccountStep:
        """Do everything up to the last click and return what is about to be sent."""
        self.outside.know(employer)
        filled = await self.fill_unit(actor, employer)
        assert isinstance(filled, SavedProgress), filled
        await self.pass_face(actor)
        mobile = mobile or employer.legal_rep.mobile
        return account(mobile, await self.code(actor, mobile))

    async def register(self, actor: Actor, typed: AccountStep) -> SavedProgress | list[Any]:
        """Click 「提交注册」."""
        return await unit_registration.register_unit(actor=actor, saved=await self.load(actor), typed=typed)

    # 个人用户注册

    async def fill_identity(self, actor: Actor, human: Human, **other: Any) -> SavedProgress | list[Any]:
        """Send step 1 of a person's registration."""
        typed = {"id_type": "01", "id_number": human.id_number, "name": human.name, "agreed": True} | other
        return await person_registration.submit_identity_step(
            self.outside.identity,
            actor=actor,
            saved=await self.load(actor, PERSON_REGISTRATION),
            typed=person_registration.IdentityStep(**typed),
        )

    async def ready_to_enrol(self, actor: Actor, human: Human) -> AccountStep:
        """Do everything up to the last click of a person's registration."""
        self.outside.know_person(human)
        filled = await self.fill_identity(actor, human)
        assert isinstance(filled, SavedProgress), filled
        return account(human.mobile, await self.code(actor, human.mobile, CodePurpose.PERSON_REGISTRATION))

    async def enrol(self, actor: Actor, typed: AccountStep) -> SavedProgress | list[Any]:
        """Click 「提交注册」 of a person's registration."""
        saved = await self.load(actor, PERSON_REGISTRATION)
        return await person_registration.register_person(actor=actor, saved=saved, typed=typed)

    # Accounts that exist already

    async def registered_person(self, human: Human, password: str | None = None) -> str:
        """Return the id of a person who registered before the test began."""
        async with db.unit_of_work() as session:
            identity = people.Identity(human.name, "01", human.id_number)
            person = people.enrol(session, actor=visitor("earlier"), identity=identity, mobile=human.mobile)
            await session.flush()
            if password:
                digest = crypto.hash_password(password)
                await people.set_password(session, person_id=person.id, realm=PERSONAL, password_hash=digest)
            return person.id

    async def registered_unit(self, employer: Employer, password: str = PASSWORD) -> Account:
        """Return a unit that registered before the test began."""
        async with db.unit_of_work() as session:
            person = await people.find_by_document(session, id_type="01", id_number=employer.legal_rep.id_number)
            known = person.id if person else None
        person_id = known or await self.registered_person(employer.legal_rep)
        async with db.unit_of_work() as session:
            person = await session.get(Person, person_id)
            assert person is not None
            person.proven_at = clock.now()
            made = await unit_registration.add_unit(
                session,
                actor=visitor("earlier"),
                unit={"uscc": employer.uscc, "unit_name": employer.name, "agreement": "2026-11"},
                person=person,
                password_hash=crypto.hash_password(password),
            )
            await session.flush()
            grant = (await session.execute(select(Grant).where(Grant.unit_id == made.id))).scalar_one()
            return Account(made.id, made.unit_number, person_id, grant.id)

    async def granted(
        self,
        account: Account,
        person_id: str,
        *,
        role: Role = Role.AGENT,
        valid_from: date | None = None,
        valid_until: date | None = None,
    ) -> str:
        """Give a person a role in a unit; return the grant's id."""
        async with db.unit_of_work() as session:
            grant = Grant(
                unit_id=account.unit_id,
                person_id=person_id,
                role=role,
                valid_from=valid_from,
                valid_until=valid_until,
                proven_at=clock.now(),
            )
            session.add(grant)
            return grant.id

    async def set_unit_password(self, account: Account, person_id: str, password: str) -> None:
        """Set a person's password for a unit."""
        async with db.unit_of_work() as session:
            digest = crypto.hash_password(password)
            realm = unit_realm(account.unit_id)
            await people.set_password(session, person_id=person_id, realm=realm, password_hash=digest)

    # Sessions

    async def ticket(self, actor: Actor, account: Account) -> str:
        """Return a login ticket for the legal representative of ``account``."""
        async with db.unit_of_work() as session:
            return sessions.issue_ticket(
                session,
                actor=actor,
                person_id=account.person_id,
                unit_id=account.unit_id,
                grant_id=account.grant_id,
            )

    async def redeem(self, actor: Actor, ticket: str | Ticket, value: str = "", device: str = "known device") -> str:
        """Fetch the session in the browser called ``device``; return the new cookie's value, empty when refused."""
        value = value or cookie.new_signed_in()
        async with db.unit_of_work() as session:
            opened = await sessions.redeem_ticket(
                session,
                actor=actor,
                ticket=ticket.value if isinstance(ticket, Ticket) else ticket,
                cookie_key=cookie.session_key(value),
                user_agent=USER_AGENT,
                device_key=crypto.fingerprint(device),
            )
        return value if opened is not None else ""

    async def signed_in(self, account: Account, actor: Actor | None = None) -> str:
        """Log the legal representative in and return the cookie's value."""
        actor = actor or visitor()
        return await self.redeem(actor, await self.ticket(actor, account))


def account(mobile: str, code: str, password: str = PASSWORD, confirmation: str | None = None) -> AccountStep:
    """Return the last step as typed."""
    again = password if confirmation is None else confirmation
    return AccountStep(mobile=mobile, code=code, password=password, confirmation=again)


async def the_unit() -> Unit:
    """Return the only unit."""
    (found,) = await rows(Unit)
    return found
