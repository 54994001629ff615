"""``jsrs staff …``: what an operator sees, once, and what is written down of it."""

import json
import re

import pytest

from jsrs_portal.domain.permissions import StaffRole
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.staff import Staff
from jsrs_portal.services.staff_login import StaffTicket
from tests.services.officers import Officer, log_in
from tests.services.operator import Said, jsrs
from tests.services.world import everything_stored, how_many, rows

ADD = ("staff", "add", "--login", "li.si", "--name", "李思远", "--role")


def handed_over(said: Said) -> tuple[str, str]:
    """Return the password and the secret that a command has shown."""
    password = re.search(r"初始密码\s*(\S+)", said.text)
    secret = re.search(r"secret=([A-Z2-7]{32})&", said.text)
    assert password, said.text
    assert secret, said.text
    return password[1], secret[1]


async def test_the_first_officer_is_made_at_a_shell(time):
    said = await jsrs(*ADD, "SYSTEM")
    assert said.code == 0, said.text
    password, secret = handed_over(said)
    assert "█" in said.text
    assert "只显示这一次" in said.text
    (made,) = await rows(Staff)
    who = Officer(made.id, "li.si", secret, StaffRole.SYSTEM, "")
    assert isinstance(await log_in(who, password=password), StaffTicket)
    stored = await everything_stored()
    assert not [one for one in (password, secret, "李思远") if one in stored]
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "staff.add"]
    assert json.loads(entry.details)["login"] == "li.si"
    assert (await jsrs("audit", "verify")).code == 0


async def test_a_second_account_with_the_login_is_refused():
    await jsrs(*ADD, "OFFICER", "--region", "320500")
    again = await jsrs(*ADD, "AUDIT")
    assert (again.code, again.text.strip()) == (1, "账号 li.si 已存在。")
    assert await how_many(Staff) == 1


@pytest.mark.parametrize("wrong", [("BOSS",), ("OFFICER", "--region", "999999"), ("AUDIT", "--region", "320500")])
async def test_what_cannot_be_is_refused(wrong):
    assert (await jsrs(*ADD, *wrong)).code != 0
    assert await how_many(Staff) == 0


async def test_the_list_shows_masked_names():
    assert "还没有工作人员账号" in (await jsrs("staff", "list")).text
    await jsrs(*ADD, "OFFICER", "--region", "320500")
    said = await jsrs("staff", "list")
    assert "li.si  李**  业务经办人员  苏州市  正常  待修改初始密码" in said.text
    assert "李思远" not in said.text


async def test_reset_lock_and_unlock(time):
    first = handed_over(await jsrs(*ADD, "AUDIT"))
    second = handed_over(await jsrs("staff", "reset", "li.si"))
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert (await jsrs("staff", "lock", "li.si")).text.strip() == "账号 li.si 已锁定"
    assert (await jsrs("staff", "lock", "li.si")).code == 1
    assert (await jsrs("staff", "unlock", "li.si")).text.strip() == "账号 li.si 已解除锁定"
    for command in ("reset", "lock", "unlock"):
        assert (await jsrs("staff", command, "nobody")).code == 1
    (made,) = await rows(Staff)
    who = Officer(made.id, "li.si", second[1], StaffRole.AUDIT, "")
    assert isinstance(await log_in(who, password=second[0]), StaffTicket)
    kept = [one.action for one in await rows(AuditEntry) if one.action.startswith("staff.")]
    assert sorted(kept) == ["staff.add", "staff.lock", "staff.login", "staff.reset", "staff.unlock"]
