"""What somebody typed is in no log, and in the database only encrypted (rule 7)."""

from pathlib import Path

import pytest

from tests.e2e.browser import Visitor
from tests.e2e.conftest import ServerLog
from tests.e2e.journeys import HE, Citizen, fill_account, identity_step, log_in_person
from tests.support.portal import Portal

pytestmark = pytest.mark.asyncio(loop_scope="session")
CITIZEN = Citizen(HE.name, HE.id_number, "13952607043", "Baihe-73#wtz")


def _holding(files: list[Path], secrets: list[str]) -> list[str]:
    return [f"{file.name}: {secret}" for file in files for secret in secrets if secret.encode() in file.read_bytes()]


@pytest.mark.req("R-2.2.7")
async def test_a_registration_leaves_nothing_readable(
    visitor: Visitor, phone: Visitor, portal: Portal, server_log: ServerLog
) -> None:
    await identity_step(visitor, CITIZEN)
    await fill_account(visitor, phone, CITIZEN.mobile, CITIZEN.password)
    code = await visitor.field("短信验证码").input_value()
    await visitor.press("提交注册")
    await visitor.sees("个人账户已开通")
    await log_in_person(visitor, CITIZEN.mobile, CITIZEN.password)
    cookie = await visitor.session_cookie()
    secrets = [CITIZEN.name, CITIZEN.id_number, CITIZEN.mobile, CITIZEN.password, cookie["value"]]
    logs = sorted(portal.folder.glob("*.log"))
    assert {file.name for file in logs} >= {"server.log", "worker.log", "sandbox.log"}
    assert not _holding(logs, [*secrets, CITIZEN.mobile[-8:], CITIZEN.id_number[:14]])
    assert not any(code in line for line in server_log.lines)
    database = sorted(portal.folder.glob("portal.db*"))
    assert database
    assert not _holding(database, secrets)
    visitor.stored(
        [(1, 1, 1)],
        "SELECT length(name_cipher) > 30, length(id_number_cipher) > 30, length(mobile_cipher) > 30 FROM persons"
        " ORDER BY created_at DESC LIMIT 1",
    )
