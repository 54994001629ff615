"""Who tries: visitors, signed-in people, thieves of a client token — and the people whose data must stay theirs."""

import json
import re
import subprocess
import sys
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

import httpx

from jsrs_portal import clock
from jsrs_portal.access.cookie import session_key
from jsrs_portal.domain.documents import DocumentType
from jsrs_portal.domain.institutions import first_password
from jsrs_portal.domain.masking import mask_document, mask_name, mask_phone
from jsrs_portal.domain.totp import code_of, step_at
from tests.access.client import Socket, at
from tests.access.handlers import REPOSITORY, named
from tests.support.portal import Portal

PASSWORD = "Kite-4702-river"


@dataclass(frozen=True)
class Account:
    """A registered person, with the unit they lead unless they lead none; with a ``role``, the unit they act for.

    ``institution`` is the number of the unit's institution they administer, ``fresh`` whether with a first password.
    """

    name: str
    id_number: str
    mobile: str
    unit_name: str = ""
    uscc: str = ""
    address: str = ""
    unit_number: str = ""
    role: str = ""
    scope: str = ""
    institution: str = ""
    fresh: bool = False

    @property
    def account(self) -> str:
        """What they type first at the 单位登录."""
        return self.institution or self.uscc

    @property
    def password(self) -> str:
        """The password that opens it."""
        return first_password(self.id_number) if self.fresh else PASSWORD

    @property
    def own_secrets(self) -> tuple[str, ...]:
        """Return every form in which this person could show up somewhere, their unit aside."""
        masked = (
            mask_name(self.name),
            mask_phone(self.mobile),
            mask_document(DocumentType.RESIDENT_ID, self.id_number),
        )
        return (self.name, self.id_number, self.mobile, *masked)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return every form in which this person or unit could show up somewhere."""
        unit = (self.unit_name, self.uscc, self.address, self.unit_number)
        return tuple(text for text in (*self.own_secrets, *unit) if text)


def resident_id(first_17: str) -> str:
    """Return a resident identity number with its check digit (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _ID_WEIGHTS, strict=True))
    return first_17 + "10X98765432"[total % 11]


_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

VICTIM = Account(
    "鄢疏影",
    resident_id("32010419860517642"),
    "13900007731",
    "南京疏影天文仪器有限公司",
    "91320104MA7QX1R32A",
    "江苏省南京市秦淮区望星巷7号",
)
NEIGHBOUR = Account(
    "柏临川",
    resident_id("32050819791102355"),
    "13900004642",
    "苏州临川古籍修复有限公司",
    "91320508MA8WY2T49L",
    "江苏省苏州市姑苏区残卷里3号",
)
ROLELESS = Account("尉迟暖", resident_id("32030219930825118"), "13900002983")


def _acts_for_the_neighbour(name: str, first_17: str, mobile: str, role: str, scope: str = "") -> Account:
    return Account(name, resident_id(first_17), mobile, uscc=NEIGHBOUR.uscc, role=role, scope=scope)


_CARD_ONLY = '{"categories": ["card"], "matters": []}'
ADMIN = _acts_for_the_neighbour("荆望舒", "32020319840617210", "13900003811", "ADMIN")
AGENT = _acts_for_the_neighbour("戚云归", "32041119910428331", "13900003822", "AGENT", _CARD_ONLY)
EXPIRED = _acts_for_the_neighbour("宓沉舟", "32060219890812442", "13900003833", "AGENT", _CARD_ONLY)
SCHEDULED = _acts_for_the_neighbour("亓听雨", "32070319950303553", "13900003844", "AGENT", _CARD_ONLY)
REVOKED = _acts_for_the_neighbour("逄怀瑾", "32080319780921664", "13900003855", "AGENT", _CARD_ONLY)
INSTITUTION_ADMIN = replace(
    _acts_for_the_neighbour("阙知微", "32090219850316281", "13900003866", "INSTITUTION_ADMIN"), institution="J329900001"
)
NEWCOMER = replace(
    _acts_for_the_neighbour("郗明远", "32100219880726152", "13900003877", "INSTITUTION_ADMIN"),
    institution="J329900002",
    fresh=True,
)


def _day(days: int) -> str:
    return f"'{clock.today() + timedelta(days=days)}'"


LAPSES = {
    EXPIRED.mobile: f"valid_from = {_day(-90)}, valid_until = {_day(-2)}",
    SCHEDULED.mobile: f"valid_from = {_day(2)}, valid_until = NULL",
    REVOKED.mobile: "status = 'REVOKED'",
}
"""What becomes of a grant after its holder has logged in by it."""

STAFF_PASSWORD = "Quay-5518-lamp"
OFFICER, SECURITY, AUDITOR, SYSTEM, NEW_OFFICER = "t.officer", "t.security", "t.auditor", "t.system", "t.new"
STAFF = {OFFICER: "OFFICER", SECURITY: "SECURITY", AUDITOR: "AUDIT", SYSTEM: "SYSTEM", NEW_OFFICER: "OFFICER"}
"""The officers of these tests, by their login; the last has still the first password."""
_STAFF_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

_STAFF_SEED = """
import asyncio, json, sys
from sqlalchemy import select
from jsrs_portal import crypto, db
from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.models.staff import Staff
from jsrs_portal.services import staff

async def main():
    accounts, password, secret, new = json.loads(sys.argv[1])
    hashed = crypto.hash_password(password)
    async with db.unit_of_work() as session:
        for login, role in accounts.items():
            made = await staff.add_staff(session, login=login, name="测试员", role=StaffRole(role))
            if not isinstance(made, staff.Enrolment):
                continue
            account = (await session.execute(select(Staff).where(Staff.login == login))).scalar_one()
            account.totp = secret
            staff.set_password(account, hashed, must_change=login == new)
    await db.close_engine()

asyncio.run(main())
"""


def enrol_staff(portal: Portal) -> None:
    """Add the officers through our own services."""
    subprocess.run(
        [sys.executable, "-c", _STAFF_SEED, json.dumps([STAFF, STAFF_PASSWORD, _STAFF_SECRET, NEW_OFFICER])],
        cwd=REPOSITORY,
        env={**portal.environment, "PYTHONPATH": str(REPOSITORY)},
        check=True,
        capture_output=True,
        text=True,
    )


_SEED = """
import asyncio, json, sys
from dataclasses import asdict
from jsrs_portal import crypto, db
from jsrs_portal.domain.authority import Actor
from jsrs_portal.domain.registration import UNIT_AGREEMENT
from sqlalchemy import select
from jsrs_portal import clock
from jsrs_portal.domain.institutions import FIRST_PASSWORD_LIFE, first_password
from jsrs_portal.models.people import PERSONAL, institution_realm
from jsrs_portal.models.units import Grant, Institution, Unit
from jsrs_portal.services import people
from jsrs_portal.services.unit_registration import add_unit

async def main():
    accounts, password = json.loads(sys.argv[1])
    actor, numbers = Actor(session_key="tests"), []
    hashed = crypto.hash_password(password)
    async with db.unit_of_work() as session:
        for one in accounts:
            identity = people.Identity(one["name"], "01", one["id_number"])
            if await people.find_by_mobile(session, mobile=one["mobile"]):
                continue
            person = people.enrol(session, actor=actor, identity=identity, mobile=one["mobile"])
            await session.flush()
            await people.set_password(session, person_id=person.id, realm=PERSONAL, password_hash=hashed)
            if one["institution"]:
                unit = (await session.execute(select(Unit).where(Unit.uscc == one["uscc"]))).scalar_one()
                named = {"number": one["institution"], "name": "苏州残卷工作室" + one["institution"][-2:]}
                place = Institution(unit_id=unit.id, **named, kind="master_studio", level="CITY", region="320500",
                                    status="OPEN")
                session.add(place)
                await session.flush()
                session.add(Grant(unit_id=unit.id, person_id=person.id, role=one["role"], institution_id=place.id))
                realm, own = institution_realm(place.id), dict(password_hash=hashed)
                if one["fresh"]:
                    first = crypto.hash_password(first_password(one["id_number"]))
                    own = dict(password_hash=first, void_after=clock.now() + FIRST_PASSWORD_LIFE)
                await people.set_password(session, person_id=person.id, realm=realm, **own)
            elif one["role"]:
                unit = (await session.execute(select(Unit).where(Unit.uscc == one["uscc"]))).scalar_one()
                session.add(Grant(unit_id=unit.id, person_id=person.id, role=one["role"], scope=one["scope"]))
            elif one["uscc"]:
                unit = {"uscc": one["uscc"], "unit_name": one["unit_name"], "agreement": UNIT_AGREEMENT[1],
                        "registered_address": one["address"], "authority_name": "市场监督管理局"}
                person.proven_at = clock.now()
                made = await add_unit(session, actor=actor, unit=unit, person=person, password_hash=hashed)
                numbers.append([one["mobile"], made.unit_number])
    await db.close_engine()
    print(json.dumps(numbers))

asyncio.run(main())
"""


def enrol(portal: Portal, *accounts: Account) -> dict[str, str]:
    """Add people and units through our own services; return the unit numbers by the people's phones."""
    done = subprocess.run(
        [sys.executable, "-c", _SEED, json.dumps([[asdict(one) for one in accounts], PASSWORD])],
        cwd=REPOSITORY,
        env={**portal.environment, "PYTHONPATH": str(REPOSITORY)},
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


# Browsers


@dataclass
class Browser:
    """One browser: its cookie and its tab's client token."""

    portal: Portal
    cookie: str = ""
    token: str = ""

    @property
    def key(self) -> str:
        """The name under which the server keeps this browser's drafts and state."""
        return session_key(self.cookie.partition("=")[2]) if self.cookie else ""

    def http(self) -> httpx.AsyncClient:
        """Return a client that sends the cookie, follows nothing and ignores the environment's proxies."""
        headers = {"Cookie": self.cookie} if self.cookie else {}
        return httpx.AsyncClient(base_url=self.portal.origin, headers=headers, trust_env=False, follow_redirects=False)

    async def get(self, path: str) -> httpx.Response:
        """Open an address; a cookie that comes back is kept, as a browser would."""
        async with self.http() as client:
            answer = await client.get(path)
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].partition(";")[0]
        return answer

    async def tab(self, **how: Any) -> Socket:
        """Open the websocket of this browser's tab."""
        return await Socket.connect(self.portal.origin, cookie=self.cookie, token=self.token, **how)


async def visitor(portal: Portal) -> Browser:
    """Return a browser that has opened the hall and nothing else."""
    browser = Browser(portal, token=str(uuid.uuid4()))
    await browser.get("/")
    assert browser.cookie
    return browser


async def log_in(portal: Portal, account: Account, *, as_person: bool = False) -> Browser:
    """Return a browser in which ``account`` has logged in, for the unit if there is one."""
    browser = await visitor(portal)
    address = await ticket_address(browser, account, as_person=as_person)
    answer = await browser.get(address)
    assert answer.status_code == 303, answer.text
    assert browser.cookie.partition("=")[2].startswith("s.")
    return browser


async def ticket_address(browser: Browser, account: Account, *, as_person: bool = False, page: str = "/login") -> str:
    """Submit the login form and return where the page is told to go: ``/session/open`` with the ticket."""
    for_unit = bool(account.uscc) and not as_person
    form = {"identifier": account.mobile, "password": account.password if for_unit else PASSWORD}
    async with await browser.tab() as tab:
        name = named("LoginState.submit_unit" if for_unit else "LoginState.submit_person")
        await tab.send(name, {"form": form | ({"account": account.account} if for_unit else {})}, at(page))
        await tab.settle()
    found = [path for path in tab.departures if path.startswith("/session/open?")]
    assert found, f"no ticket; the page says {tab.value('login_state', 'trouble')!r}"
    return found[-1]


def staff_code(portal: Portal, login: str, secret: str = _STAFF_SECRET) -> str:
    """Return an officer's one-time password of now, as if none had been used yet."""
    execute(portal, "UPDATE staff SET totp_last_step = 0 WHERE login = ?", login)
    return code_of(secret, step_at(clock.now()))


async def log_in_staff(
    portal: Portal, login: str, *, password: str = STAFF_PASSWORD, secret: str = _STAFF_SECRET
) -> Browser:
    """Return a browser in which an officer has logged in, one of these tests' unless another's secrets are given."""
    browser = await visitor(portal)
    form = {"login": login, "password": password, "code": staff_code(portal, login, secret)}
    async with await browser.tab() as tab:
        await tab.send(named("StaffLoginState.submit"), {"form": form}, at("/staff/login"))
        await tab.settle()
    found = [path for path in tab.departures if path.startswith("/staff/session/open?")]
    assert found, f"no ticket; the page says {tab.value('staff_login_state', 'trouble')!r}"
    answer = await browser.get(found[-1])
    assert answer.status_code == 303, answer.text
    assert browser.cookie.partition("=")[2].startswith("t.")
    return browser


def forget_revoked(portal: Portal, account: Account) -> None:
    """Take away what a scenario has given and taken back: whoever held it is a stranger to the unit again."""
    unused = (
        "SELECT id FROM grants WHERE status = 'REVOKED' AND unit_id = (SELECT id FROM units WHERE uscc = ?) "
        "AND id NOT IN (SELECT grant_id FROM user_sessions WHERE grant_id IS NOT NULL)"
    )
    execute(portal, f"DELETE FROM grant_events WHERE grant_id IN ({unused})", account.uscc)
    execute(portal, f"DELETE FROM grants WHERE id IN ({unused})", account.uscc)


def lapse(portal: Portal, account: Account) -> None:
    """Let the grant of somebody in :data:`LAPSES` be worth nothing any more, behind the portal's back."""
    query = "SELECT grant_id FROM user_sessions WHERE grant_id IS NOT NULL ORDER BY created_at DESC LIMIT 1"
    (found,) = rows(portal, query)
    execute(portal, f"UPDATE grants SET {LAPSES[account.mobile]} WHERE id = ?", found["grant_id"])


# Looking into the database and the simulated world


def rows(portal: Portal, query: str, *values: object) -> list[dict[str, Any]]:
    """Return what a query finds in the portal's database."""
    return portal.database.records(query, *values)


def execute(portal: Portal, statement: str, *values: object) -> None:
    """Change the portal's database behind its back."""
    portal.database.execute(statement, *values)


_NOT_COMPARED = (
    "heartbeats",
    "counters",
    "audit",
    "alembic_version",
    "outbox",
    "sqlite_sequence",
    "matter_stats",
    "ca_lists",
    "search_",
    "case_export_parts",
)
_NOT_READ = ("heat", "hot_order", "definition", "content")
"""Columns that looking at something moves, a few seconds later, and long ones whose hash stands beside them."""
_OWNED_BY = ("owner", "anonymous_key", "token_hash")
_THEIR_OWN = ("data_exports", "case_exports", "notices")
"""What somebody may ask for about themselves, and is told."""


def tables(portal: Portal) -> list[str]:
    """Return the names of all tables."""
    return portal.database.tables()


def dump(portal: Portal, *own: str) -> dict[str, set[str]]:
    """Return every row of every table except what strangers may cause: counters, the audit trail, their own drafts,
    the export of their own data and of their lists.

    ``own`` are the session keys of the strangers. Outbox rows are counted, since the worker changes them all the time.
    """
    mine = {
        row["person_id"]
        for key in own
        for row in rows(portal, "SELECT person_id FROM user_sessions WHERE token_hash = ?", key)
    }
    compared = [table for table in tables(portal) if not table.startswith(_NOT_COMPARED)]
    found = {
        table: {
            repr(sorted(item for item in row.items() if item[0] not in _NOT_READ))
            for row in rows_of_it
            if not any(row.get(column) in own for column in _OWNED_BY)
            and not (table in _THEIR_OWN and row["person_id"] in mine)
        }
        for table, rows_of_it in portal.database.whole(compared).items()
    }
    found["outbox"] = {row["id"] for row in rows(portal, "SELECT id FROM outbox")}
    return found


async def pass_face(portal: Portal, browser: Browser, result: str = "pass") -> None:
    """Do what the phone does: open the simulated Alipay from the newest QR code, press a button, come back."""
    query = "SELECT certify_url FROM face_checks WHERE owner = ? AND state = 'WAITING' ORDER BY created_at DESC"
    address = rows(portal, query, browser.key)[0]["certify_url"]
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as phone:
        page = await phone.get(address)
        action = re.search(r'action="([^"]+)"', page.text)
        assert action, page.text
        pressed = await phone.post(str(httpx.URL(address).join(action[1])), data={"result": result})
        assert pressed.status_code == 303
        assert (await phone.get(pressed.headers["location"])).headers["location"] == "/phone/done"


def solve(portal: Portal, browser: Browser) -> None:
    """Have a browser's puzzle solved: whoever has it is asked for none before the next thing that needs one."""
    execute(
        portal,
        "INSERT INTO puzzles (id, created_at, owner, seed, state, expires_at) VALUES (?, ?, ?, '', 'SOLVED', ?)",
        *(clock.new_id(), clock.now().isoformat(" "), browser.key, (clock.now() + timedelta(minutes=5)).isoformat(" ")),
    )


def prove_unit(portal: Portal, browser: Browser, account: Account) -> None:
    """Have an outside party prove the unit of ``account`` to a browser, as a certificate would."""
    execute(
        portal,
        "INSERT INTO unit_proofs (id, created_at, owner, unit_id, source, expires_at)"
        " SELECT ?, ?, ?, id, 'ca', ? FROM units WHERE uscc = ?",
        *(clock.new_id(), clock.now().isoformat(" "), browser.key, (clock.now() + timedelta(minutes=5)).isoformat(" ")),
        account.uscc,
    )


async def sms_code(portal: Portal, mobile: str) -> str:
    """Return the newest code that the simulated phone received."""
    async with httpx.AsyncClient(trust_env=False) as client:
        messages = (await client.get(f"{portal.sandbox}/sms/outbox.json", params={"phone": mobile})).json()
    return next(message["params"]["code"] for message in messages if "code" in message["params"])
