"""A backup taken while work goes on brings everything back, and nothing that was open then is open again."""

import asyncio
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from jsrs_portal import backup, clock, db, worker
from jsrs_portal.domain.codes import CodePurpose
from jsrs_portal.domain.sessions import SessionEnd
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.people import Person
from jsrs_portal.models.proofs import CodeState, FaceCheck, FaceState, SmsCode
from jsrs_portal.models.sessions import LoginTicket, UserSession
from jsrs_portal.models.units import Grant, Unit
from jsrs_portal.models.work import Heartbeat, MessageState, OutboxMessage
from jsrs_portal.services import audit, login, notices, sessions
from jsrs_portal.settings import ROOT, get_settings
from tests.services.numbers import employer, human
from tests.services.operator import jsrs
from tests.services.world import PASSWORD, change, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.4.8")


async def log_in(world, unit) -> str:
    """Log the legal representative in as the login page does; return the new cookie's value."""
    me = visitor("afterwards")
    ticket = await login.login_unit(actor=me, account=unit.uscc, identifier=unit.legal_rep.id_number, password=PASSWORD)
    assert isinstance(ticket, login.Ticket), ticket
    return await world.redeem(me, ticket)


async def restored(target: Path) -> str:
    """Put the backup back as an operator does; return what the command says."""
    said = await jsrs("restore", target, "--yes")
    assert said.code == 0, said.text
    return said.text


@pytest.fixture
def target(tmp_path) -> Path:
    return tmp_path / "backups" / "portal.backup"


@pytest.fixture(autouse=True)
def _folder(target):
    target.parent.mkdir()


async def test_after_a_restore_everybody_can_log_in_again(world, target):
    unit = employer(1)
    await world.registered_unit(unit)
    assert (await jsrs("backup", target)).code == 0
    await change(Person, status="LOCKED")
    await change(Unit, name="别的名称")
    await restored(target)
    assert await log_in(world, unit)
    assert [found.name for found in await rows(Unit)] == [unit.name]


async def test_a_backup_is_taken_while_work_goes_on(world, target):
    """Rows written meanwhile are in it whole or not at all: each unit with its person, its grant and its entries."""
    stop = asyncio.Event()
    await world.registered_unit(employer(1))

    async def go_on_registering() -> int:
        count = 1
        while not stop.is_set() and count < 60:
            count += 1
            await world.registered_unit(employer(count))
        return count

    registering = asyncio.create_task(go_on_registering())
    await asyncio.to_thread(backup.back_up, get_settings().sqlalchemy_url, target)
    stop.set()
    assert await registering > 1
    await restored(target)
    units, grants = await rows(Unit), await rows(Grant)
    assert sorted(unit.id for unit in units) == sorted(grant.unit_id for grant in grants)
    assert {grant.person_id for grant in grants} <= {person.id for person in await rows(Person)}
    assert await log_in(world, employer(1))


async def test_what_was_open_at_the_time_of_the_backup_is_void(world, target):
    account = await world.registered_unit(employer(1))
    me = visitor()
    cookie = await world.signed_in(account, visitor("before"))
    assert cookie
    ticket = await world.ticket(me, account)
    await world.code(me, human(7).mobile, CodePurpose.PERSON_REGISTRATION)
    async with db.unit_of_work() as session:
        end = clock.now() + timedelta(hours=1)
        for name, state in (("1", FaceState.WAITING), ("2", FaceState.PASSED)):
            session.add(
                FaceCheck(purpose="x", owner="x", subject_index="x", order_number=name, state=state, expires_at=end)
            )
    await jsrs("backup", target)
    await restored(target)
    (session,) = await rows(UserSession)
    assert session.ended_at is not None
    assert session.ended_because == SessionEnd.REPLACED
    assert await how_many(LoginTicket) == 0
    assert not await world.redeem(me, ticket)
    assert [code.state for code in await rows(SmsCode)] == [CodeState.VOID]
    assert {check.state for check in await rows(FaceCheck)} == {FaceState.EXPIRED}


async def test_a_message_that_waited_then_is_looked_up_before_it_is_sent(world, target):
    """It may have gone out after the backup: sending it again would tell somebody the same thing twice."""
    async with db.unit_of_work() as session:
        notices.enqueue_sms(session, mobile=human(1).mobile, text="单位已注册成功")
    await jsrs("backup", target)
    await worker.deliver_one(world.outside.gateways)
    await restored(target)
    (message,) = await rows(OutboxMessage)
    assert message.state == MessageState.SENDING
    await worker.deliver_one(world.outside.gateways)
    assert len(world.outside.sms.sent) == 1
    assert (await rows(OutboxMessage))[0].state == MessageState.SENT


async def test_a_restore_says_what_the_operator_has_to_check(world, target):
    """A grant that was revoked after the backup is granted again: nobody but the operator can know."""
    account = await world.registered_unit(employer(1))
    before = clock.now()
    await world.granted(account, await world.registered_person(human(5)))  # the last that the audit trail knows
    await jsrs("backup", target)
    after = clock.now()
    await change(Grant, status="REVOKED")
    said = await restored(target)
    assert {grant.status for grant in await rows(Grant)} == {"GRANTED"}
    (when,) = re.findall(r"数据回到了 (.{19})（北京时间）", said)
    assert before - timedelta(seconds=1) < datetime.fromisoformat(when).replace(tzinfo=clock.BEIJING) <= after
    for word in ("授权", "撤销", "密码", "注册", "短信", "审计"):
        assert word in said


async def test_backup_and_restore_leave_entries_that_name_the_operator(world, target, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "ops-zhang")
    await world.registered_unit(employer(1))
    await jsrs("backup", target)
    entries = {entry.action: entry for entry in await rows(AuditEntry)}
    assert json.loads(entries["database.backup"].details)["account"] == "ops-zhang"
    await restored(target)
    entries = {entry.action: entry for entry in await rows(AuditEntry)}
    assert "database.restore" in entries
    await worker.seal_audit()
    async with db.walking() as session:
        assert (await audit.verify_trail(session)).faults == []


async def test_an_existing_file_is_never_overwritten(target):
    target.write_text("precious")
    said = await jsrs("backup", target)
    assert said.code == 1
    assert "已存在" in said.text
    assert target.read_text() == "precious"


async def test_the_file_is_ours_alone_whatever_the_umask_says(target):
    before = os.umask(0o000)
    try:
        backup.back_up(get_settings().sqlalchemy_url, target)
    finally:
        os.umask(before)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [file.name for file in target.parent.iterdir()] == [target.name]


def _foreign(kind: str, good: Path, folder: Path) -> Path:
    """Return a file that is no backup of this product."""
    file = folder / kind
    if kind == "empty":
        file.touch()
    elif kind == "text":
        file.write_text("这不是备份" * 1000)
    elif kind == "cut":
        content = good.read_bytes()
        file.write_bytes(content[: len(content) // 2])
    elif kind == "changed":
        content = bytearray(good.read_bytes())
        for place in range(len(content) // 3, len(content), 97):
            content[place] ^= 0xFF
        file.write_bytes(bytes(content))
    elif kind == "another-product":
        with closing(sqlite3.connect(file)) as other, other:
            other.execute("CREATE TABLE alembic_version (version_num TEXT)")
            other.execute("INSERT INTO alembic_version VALUES ('abc123')")
    return file


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "changed", "another-product", "missing"])
async def test_what_is_no_backup_of_ours_is_refused_and_changes_nothing(world, target, tmp_path, kind):
    await world.registered_unit(employer(1))
    await jsrs("backup", target)
    await world.registered_unit(employer(2))
    await db.close_engine()
    said = await jsrs("restore", _foreign(kind, target, tmp_path), "--yes")
    assert said.code == 1
    assert any(word in said.text for word in ("不是完好的数据库备份", "来自其他系统", "找不到备份文件")), said.text
    assert await how_many(Unit) == 2
    assert await log_in(world, employer(2))
    assert [entry.action for entry in await rows(AuditEntry)].count("database.restore") == 0


async def test_nothing_is_restored_without_a_second_word(world, target):
    await world.registered_unit(employer(1))
    await jsrs("backup", target)
    await world.registered_unit(employer(2))
    assert (await jsrs("restore", target)).code == 1
    assert await how_many(Unit) == 2


async def test_nothing_is_restored_under_a_running_portal(world, target):
    await world.registered_unit(employer(1))
    await jsrs("backup", target)
    await worker.beat()
    said = await jsrs("restore", target, "--yes")
    assert said.code == 1
    assert "停止门户" in said.text
    await change(Heartbeat, beat_at=clock.now() - timedelta(minutes=1))
    await restored(target)


async def test_a_backup_of_an_older_version_is_migrated(world, target, database):
    """The tables that came later go as well, or the migrations could not make them."""
    await world.registered_unit(employer(1))
    await db.close_engine()
    await asyncio.to_thread(_alembic, "downgrade", "0001")
    await asyncio.to_thread(backup.back_up, database, target)
    await asyncio.to_thread(_alembic, "upgrade", "head")
    await restored(target)
    assert await log_in(world, employer(1))
    async with db.reading() as session:
        revision = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    assert revision != "0001"


def _alembic(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "alembic", *arguments], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_database_that_is_gone_is_made_again(world, target, database):
    await world.registered_unit(employer(1))
    await jsrs("backup", target)
    await db.close_engine()
    for file in Path(str(make_url(database).database)).parent.glob("portal.db*"):
        file.unlink()
    await restored(target)
    assert await log_in(world, employer(1))


async def test_a_session_of_the_backup_is_over_for_its_browser(world, target):
    account = await world.registered_unit(employer(1))
    await world.signed_in(account)
    await jsrs("backup", target)
    await restored(target)
    (row,) = await rows(UserSession)
    async with db.reading() as session:
        view = (await sessions.find_sessions(session, keys=[row.token_hash])).get(row.token_hash)
    assert view is not None
    assert view.end is SessionEnd.REPLACED
