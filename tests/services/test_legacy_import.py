"""Importing what old systems hand over: as often as one likes, row by row, whatever is in the file (R-2.3.7)."""

import csv
import io
import zipfile

import openpyxl
import pytest
from typer.testing import CliRunner

from jsrs_portal import clock
from jsrs_portal.cli import app
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.key_rotation import count_behind
from jsrs_portal.services.legacy_accounts import account_index
from jsrs_portal.services.legacy_files import COLUMNS, SALT, UnreadableFile, read_rows
from jsrs_portal.services.legacy_import import ImportReport, import_rows
from tests.services.numbers import employer
from tests.services.upgrading import ADMIN, HALL, OLD, UNIT, Upgrading, as_csv, line, old_number, system_of
from tests.services.world import everything_stored, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.3.7")
USER = "yunqi2016"
SECOND = employer(302)


async def take(file, key: str = HALL, *, write: bool = True) -> ImportReport:
    system = system_of(key)
    assert system.hashes is not None
    read = read_rows(file, system.hashes, today=clock.today())
    return [report async for report in import_rows(system=system, rows=read, write=write)][-1]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.refused)


def as_workbook(file, *lines: dict[str, str]):
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(lines[0]))
    for one in lines:
        sheet.append(list(one.values()))
    book.save(file)
    return file


async def proves(username: str = USER, password: str = OLD, number: str = "") -> bool:
    page = Upgrading(visitor())
    await page.choose(HALL)
    return isinstance(await page.prove(username, password, number), SavedProgress)


async def test_what_was_imported_proves_its_password(tmp_path):
    assert counts(await take(as_csv(tmp_path / "a.csv", line(UNIT, USER)))) == (1, 0, 0, 0)
    assert await proves()
    assert not await proves(password="another")


async def test_the_same_file_twice_changes_nothing(tmp_path):
    file = as_csv(tmp_path / "a.csv", line(UNIT, USER), line(SECOND, USER), line(SECOND, "other"))
    assert counts(await take(file)) == (3, 0, 0, 0)
    before = await stored()
    assert counts(await take(file)) == (0, 0, 3, 0)
    assert await stored() == before, "not even a ciphertext"


async def stored() -> list:
    found = [(one.id, one.username_cipher, one.password_hash_cipher) for one in await rows(LegacyAccount)]
    return sorted(found) + sorted((one.id, one.legal_name_cipher) for one in await rows(LegacyUnit))


async def test_a_changed_row_updates_its_account(tmp_path):
    await take(as_csv(tmp_path / "a.csv", line(UNIT, USER), line(SECOND, USER)))
    renamed = line(UNIT, USER, password="newer", 单位名称="南京改名有限公司")
    again = await take(as_csv(tmp_path / "b.csv", renamed, line(SECOND, USER, password="newer")))
    assert counts(again) == (0, 1, 1, 0)
    assert await proves(password="newer", number=old_number(UNIT))
    assert not await proves(password=OLD, number=old_number(UNIT))
    assert {one.name for one in await rows(LegacyUnit)} == {"南京改名有限公司", SECOND.name}


async def test_what_was_upgraded_is_never_opened_again(tmp_path, world):
    await world.registered_person(ADMIN)
    file = as_csv(tmp_path / "a.csv", line(UNIT, USER))
    await take(file)
    page = Upgrading(visitor())
    await page.to_admin(HALL, USER)
    assert isinstance(await page.finish(), SavedProgress)
    for again in (file, as_csv(tmp_path / "b.csv", line(UNIT, USER, password="newer"))):
        await take(again)
        other = Upgrading(visitor("other"))
        await other.choose(HALL)
        password = "newer" if again.name == "b.csv" else OLD
        (refusal,) = await other.prove(USER, password)
        assert refusal.code == "upgraded"


async def test_only_looking_writes_nothing(tmp_path):
    report = await take(as_csv(tmp_path / "a.csv", line(UNIT, USER)), write=False)
    assert counts(report) == (1, 0, 0, 0)
    assert await how_many(LegacyAccount) == await how_many(LegacyUnit) == await how_many(AuditEntry) == 0


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"用户名": ""}, "用户名为空"),
        ({"密码散列": ""}, "密码散列为空"),
        ({"密码散列": "900150"}, "长度或格式"),
        ({SALT: ""}, "缺少盐值"),
        ({"统一社会信用代码": "91320100MA00000000"}, "统一社会信用代码"),
        ({"法人证件类型": "99"}, "法人证件类型"),
        ({"法人证件号码": "320106199003070000"}, "法人证件号码不正确"),
        ({"法人姓名": ""}, "法人姓名为空"),
        ({"用户名": "x" * 65}, "用户名过长"),
    ],
)
async def test_a_row_that_is_wrong_is_named_and_stops_no_other(tmp_path, wrong, why):
    report = await take(as_csv(tmp_path / "a.csv", line(UNIT, USER) | wrong, line(SECOND, "other")))
    (refused,) = report.refused
    assert refused.number == 2
    assert why in refused.reason
    assert UNIT.legal_rep.id_number not in refused.reason
    assert report.added == 1


async def test_rows_that_contradict_each_other(tmp_path):
    report = await take(
        as_csv(
            tmp_path / "a.csv",
            line(UNIT, USER),
            line(SECOND, USER, password="another"),
            line(UNIT, USER.upper(), 密码散列=line(UNIT, USER)["密码散列"]),
        )
    )
    assert [(one.number, one.reason) for one in report.refused] == [
        (3, "同一用户名在文件中有不同的密码散列或盐值"),
        (4, "同一用户名和单位编号在文件中重复"),
    ]


async def test_a_long_file_goes_by_batches(tmp_path):
    """Two statements to look for each batch, and an account's units may lie in different ones."""
    many = [line(UNIT, f"user{n}") for n in range(600)]
    report = await take(as_csv(tmp_path / "a.csv", *many, line(SECOND, "user0")))
    assert counts(report) == (601, 0, 0, 0)
    assert await how_many(LegacyAccount) == 600
    assert await proves("user0", number=old_number(SECOND))
    assert await proves("user599")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_csv_as_offices_save_it(tmp_path, encoding):
    await take(as_csv(tmp_path / "a.csv", line(UNIT, USER), encoding=encoding))
    assert [one.legal_name for one in await rows(LegacyUnit)] == [UNIT.legal_rep.name]


async def test_a_workbook(tmp_path):
    said = line(UNIT, USER)
    report = await take(as_workbook(tmp_path / "a.xlsx", said, {name: "" for name in said}, line(SECOND, "other")))
    assert counts(report) == (2, 0, 0, 0)
    assert await proves()


def test_files_that_are_none(tmp_path):
    hashes = system_of(HALL).hashes
    assert hashes is not None

    def why(name: str, content: bytes) -> str:
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(UnreadableFile) as caught:
            list(read_rows(file, hashes, today=clock.today()))
        return str(caught.value)

    assert "无法读取" in why("a.xlsx", b"PK nothing")
    assert "缺少列" in why("b.csv", b"")
    assert SALT in why("c.csv", ",".join(COLUMNS).encode())
    assert "编码" in why("d.csv", b"\xff\xff\xff")
    assert "CSV" in why("e.csv", ",".join((*COLUMNS, SALT)).encode() + b'\n"unfinished')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook><sheets>" + '<sheet name="a"/>' * 40 + "</sheets></workbook>")
    assert "工作表" in why("f.xlsx", packed.getvalue())
    with zipfile.ZipFile(packed, "w") as archive:
        for n in range(300):
            archive.writestr(f"part{n}", "")
    assert "解压" in why("g.xlsx", packed.getvalue())


async def test_nothing_personal_is_readable_in_the_table(tmp_path):
    said = line(UNIT, USER)
    await take(as_csv(tmp_path / "a.csv", said))
    everything = await everything_stored()
    assert not [
        one for one in (USER, said["密码散列"], UNIT.legal_rep.id_number, UNIT.legal_rep.name) if one in everything
    ]
    assert await count_behind() == 0, "what it encrypts is what a rotation finds"
    (account,) = await rows(LegacyAccount)
    assert account.username_index == account_index(HALL, USER)


# At the shell


def shell(*arguments: str):
    return CliRunner().invoke(app, ["legacy", *arguments])


def test_the_command_says_what_became_of_every_row(database, tmp_path):
    file = as_csv(tmp_path / "a.csv", line(UNIT, USER), line(SECOND, "other") | {"密码散列": "0"})
    report = tmp_path / "refused.csv"
    done = shell("import", str(file), "--system", HALL, "--report", str(report))
    assert done.exit_code == 1
    assert "已读取 2 行" in done.output
    assert "新增 1，更新 0，未变 0，未导入 1" in done.output
    assert "第 3 行：密码散列的长度或格式与算法不符" in done.output
    told = list(csv.reader(io.StringIO(report.read_text(encoding="utf-8-sig"))))
    assert told == [["行号", "原因"], ["3", "密码散列的长度或格式与算法不符"]]
    again = shell("import", str(as_csv(tmp_path / "b.csv", line(UNIT, USER))), "--system", HALL)
    assert again.exit_code == 0
    assert "未变 1" in again.output


def test_the_command_refuses_what_is_not_imported(database, tmp_path):
    file = as_csv(tmp_path / "a.csv", line(UNIT, USER))
    assert "没有历史系统" in shell("import", str(file), "--system", "nowhere").output
    assert "接口校验" in shell("import", str(file), "--system", "js-insurance").output
    assert HALL in shell("systems").output
    assert "检查完毕：新增 1" in shell("import", str(file), "--system", HALL, "--check").output
