"""Importing what old systems hand over: as often as one likes, row by row, whatever is in the file (R-2.3.7)."""

import csv
import io
import tracemalloc
import zipfile

import openpyxl
import pytest
from typer.testing import CliRunner

from jsrs_portal import clock, db
from jsrs_portal.cli import app
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.legacy import LegacyAccount, LegacyUnit, LegacyUpgrade
from jsrs_portal.models.units import Unit
from jsrs_portal.services import legacy_files, legacy_import, legacy_workbooks, retention
from jsrs_portal.services.drafts import SavedProgress
from jsrs_portal.services.key_rotation import count_behind
from jsrs_portal.services.legacy_accounts import account_index
from jsrs_portal.services.legacy_files import COLUMNS, SALT, UnreadableFile, read_rows
from jsrs_portal.services.legacy_import import ImportReport, import_rows
from tests.services.upgrading import ADMIN, HALL, OLD, SECOND, UNIT, Upgrading, as_csv, line, old_number, system_of
from tests.services.world import everything_stored, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.3.7")
USER = "yunqi2016"


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


async def test_of_what_was_upgraded_only_what_it_is_known_by_is_kept(tmp_path, world):
    """Neither name nor legal representative: not in the table, and no file brings them back."""
    await world.registered_person(ADMIN)
    file = as_csv(tmp_path / "a.csv", line(UNIT, USER), line(SECOND, USER))
    await take(file)
    page = Upgrading(visitor())
    await page.to_admin(HALL, USER, old_number(UNIT))
    assert isinstance(await page.finish(), SavedProgress)
    for counted in (None, (0, 0, 2, 0)):
        if counted:
            assert counts(await take(file)) == counted
        kept = {one.uscc: (one.number, one.name, one.legal_id_number, one.legal_name) for one in await rows(LegacyUnit)}
        assert kept[UNIT.uscc] == (old_number(UNIT), "", "", "")
        assert kept[SECOND.uscc][1:] == (SECOND.name, SECOND.legal_rep.id_number, SECOND.legal_rep.name)
    other = Upgrading(visitor("other"))
    await other.choose(HALL)
    (refusal,) = await other.prove(USER, unit_number=old_number(UNIT))
    assert refusal.code == "upgraded"


@pytest.mark.parametrize("batch", [1, 500])
async def test_accounts_end_a_year_after_the_last_file_that_named_them(tmp_path, time, batch):
    """The other system's stay; what was upgraded is remembered."""
    await take(as_csv(tmp_path / "a.csv", line(UNIT, USER), line(SECOND, USER), line(SECOND, "gone")))
    async with db.unit_of_work() as session:
        session.add(Unit(id="u", uscc=UNIT.uscc, unit_number="320000000001", name=UNIT.name))
        await session.flush()
        index = account_index(HALL, USER)
        session.add(LegacyUpgrade(system=HALL, account_index=index, number=old_number(UNIT), unit_id="u"))
    time.pass_by(days=364)
    await take(as_csv(tmp_path / "b.csv", line(UNIT, USER)))
    assert await retention.clear_away(batch=batch) == 0
    time.pass_by(days=2)
    await retention.clear_away(batch=batch)
    assert [one.username for one in await rows(LegacyAccount)] == [USER]
    assert await how_many(LegacyUnit) == 2
    time.pass_by(days=365)
    await retention.clear_away(batch=batch)
    assert await how_many(LegacyAccount) == await how_many(LegacyUnit) == 0
    assert await how_many(LegacyUpgrade) == 1


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


LONG = 320106199003070012


@pytest.mark.parametrize("column", ["用户名", SALT, "单位编号", "统一社会信用代码", "法人证件号码"])
@pytest.mark.parametrize("number", [LONG, float(LONG), 10**15, -(10**15), 1e300])
async def test_a_number_that_a_spreadsheet_has_rounded_is_refused(tmp_path, column, number):
    """A cell that is a number holds 15 digits: what stands behind them is gone, whatever it looks like."""
    report = await take(as_workbook(tmp_path / "a.xlsx", line(UNIT, USER) | {column: number}, line(SECOND, "other")))
    (refused,) = report.refused
    assert (refused.number, report.added) == (2, 1)
    assert refused.reason.startswith(f"{column}是数字，超过15位")
    assert "文本" in refused.reason


@pytest.mark.parametrize("number", [501178, 501178.0, 999_999_999_999_999])
async def test_a_number_that_is_whole_is_taken(tmp_path, number):
    await take(as_workbook(tmp_path / "a.xlsx", line(UNIT, USER) | {"单位编号": number}))
    assert [one.number for one in await rows(LegacyUnit)] == [str(int(number))]


@pytest.mark.parametrize("column", ["用户名", "单位编号"])
@pytest.mark.parametrize("said", ["3.20106E+17", "3.20106199003070e17", "1E+15"])
async def test_a_number_that_was_rounded_on_its_way_to_csv_is_refused(tmp_path, column, said):
    report = await take(as_csv(tmp_path / "a.csv", line(UNIT, USER) | {column: said}))
    assert [one.reason[: len(column) + 3] for one in report.refused] == [f"{column}是数字"]


async def test_unit_numbers_are_kept_as_they_are_compared(tmp_path):
    await take(as_csv(tmp_path / "a.csv", line(UNIT, USER) | {"单位编号": "ｔｚ-00417 "}))
    assert [one.number for one in await rows(LegacyUnit)] == ["TZ00417"]
    report = await take(as_csv(tmp_path / "b.csv", line(UNIT, USER) | {"单位编号": "--"}))
    assert [one.reason for one in report.refused] == ["单位编号为空"]


# Files that would take too much


_BOOK = '<workbook xmlns="{0}" xmlns:r="{1}"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."


def bomb(file, sheet: str = "", shared: str = "", styles: str = "", name: str = "xl/worksheets/sheet1.xml"):
    """Write a workbook by hand, as no spreadsheet would."""
    kinds = {"xl/workbook.xml": "sheet.main", name: "worksheet", "xl/sharedStrings.xml": "sharedStrings"}
    types = "".join(f'<Override PartName="/{part}" ContentType="{_TYPE}{kind}+xml"/>' for part, kind in kinds.items())
    rel = f'<Relationship Id="rId1" Type="{_OFFICE}/{{}}" Target="/{{}}"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{types}</Types>',
        "_rels/.rels": rel.format("officeDocument", "xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": rel.format("worksheet", name),
        "xl/workbook.xml": _BOOK.format(_MAIN, _OFFICE),
        name: f'<worksheet xmlns="{_MAIN}">{sheet}</worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
    }
    if styles:
        parts["xl/styles.xml"] = styles
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            if one.endswith(".rels"):
                content = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{content}</Relationships>'
            archive.writestr(one, content)
    return file


_MB = 1 << 20
_HEAD = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in (*COLUMNS, SALT))
BOMBS = {
    "a row that calls itself the billionth": (
        f'<sheetData><row r="1">{_HEAD}</row><row r="2000000000"><c><v>1</v></c></row></sheetData>',
        {},
        "行数不能超过 100 万",
    ),
    "rows without end": ("<sheetData>" + "<row/>" * 10_001 + "</sheetData>", {}, "行数不能超过 100 万"),
    "a row of millions of cells": ("<sheetData><row>" + "<c/>" * (8 * _MB) + "</row></sheetData>", {}, "内容过大"),
    "a cell of megabytes": (
        f'<sheetData><row><c t="inlineStr"><is><t>{"x" * 8 * _MB}</t></is></c></row></sheetData>',
        {},
        "内容过大",
    ),
    "shared texts without end": ("<sheetData/>", {"shared": "<si/>" * (14 * _MB)}, "内容过大"),
    "a shared text of millions of parts": ("<sheetData/>", {"shared": "<si>" + "<r/>" * _MB + "</si>"}, "内容过大"),
    "a style sheet that is held as a whole": (
        "<sheetData/>",
        {"styles": "<styleSheet>" + "<x/>" * (3 * _MB) + "</styleSheet>"},
        "内容过大",
    ),
    "a sheet under another name": (
        "<sheetData><row>" + "<c/>" * _MB + "</row></sheetData>",
        {"name": "xl/media/picture.png"},
        "内容过大",
    ),
    "entities": ("<sheetData/>", {"styles": '<!DOCTYPE a [<!ENTITY b "c">]><styleSheet>&b;</styleSheet>'}, "DTD"),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_workbook_that_would_take_too_much_is_refused_in_little_memory(tmp_path, monkeypatch, what):
    for module in (legacy_files, legacy_workbooks):
        monkeypatch.setattr(module, "MOST_ROWS", 10_000)
    sheet, parts, why = BOMBS[what]
    file = bomb(tmp_path / "a.xlsx", sheet, **parts)
    assert file.stat().st_size < 2 * _MB
    hashes = system_of(HALL).hashes
    assert hashes is not None
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFile, match=why):
            list(read_rows(file, hashes, today=clock.today()))
        assert tracemalloc.get_traced_memory()[1] < 24 * _MB
    finally:
        tracemalloc.stop()


def test_a_size_that_lies_is_not_believed_beyond_what_it_says(tmp_path):
    """The archive's directory says a kilobyte; what is packed is more, and is not unpacked."""
    file = bomb(tmp_path / "a.xlsx", "<sheetData>" + "<row/>" * _MB + "</sheetData>")
    data = bytearray(file.read_bytes())
    with zipfile.ZipFile(file) as packed:
        size = packed.getinfo("xl/worksheets/sheet1.xml").file_size
    place = data.rindex(size.to_bytes(4, "little"))
    data[place : place + 4] = (1024).to_bytes(4, "little")
    file.write_bytes(data)
    hashes = system_of(HALL).hashes
    assert hashes is not None
    with pytest.raises(UnreadableFile, match="无法读取"):
        list(read_rows(file, hashes, today=clock.today()))


@pytest.mark.parametrize("rest", ["," * 200_000, '"\n",' * 200, '"' + "x\n" * 200 + '"'])
def test_a_line_of_a_csv_file_without_end_is_refused(tmp_path, rest):
    file = tmp_path / "a.csv"
    file.write_text(",".join((*COLUMNS, SALT)) + "\n" + rest, encoding="utf-8")
    hashes = system_of(HALL).hashes
    assert hashes is not None
    with pytest.raises(UnreadableFile, match="一行过长"):
        list(read_rows(file, hashes, today=clock.today()))


async def test_of_very_many_refused_rows_the_first_are_kept_and_the_others_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(legacy_import, "MOST_REFUSED", 3)
    wrong = [line(UNIT, USER) | {"用户名": ""} for _ in range(8)]
    report = await take(as_csv(tmp_path / "a.csv", *wrong, line(UNIT, USER)))
    assert ([one.number for one in report.refused], report.not_taken, report.added) == ([2, 3, 4], 8, 1)
    assert report.read == 9
    (entry,) = [one for one in await rows(AuditEntry) if one.action == "legacy.import"]
    assert '"refused":8' in entry.details.replace(" ", "")


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


def test_the_command_says_how_many_more_were_refused(database, tmp_path, monkeypatch):
    monkeypatch.setattr(legacy_import, "MOST_REFUSED", 55)
    file = as_csv(tmp_path / "a.csv", *[line(UNIT, USER) | {"用户名": ""} for _ in range(60)])
    report = tmp_path / "refused.csv"
    done = shell("import", str(file), "--system", HALL, "--report", str(report))
    assert "另有 10 行" in done.output
    assert "未导入 60" in done.output
    told = list(csv.reader(io.StringIO(report.read_text(encoding="utf-8-sig"))))
    assert (len(told), told[-1]) == (57, ["", "另有 5 行未导入，请更正以上各行后再检查"])


def test_the_command_refuses_what_is_not_imported(database, tmp_path):
    file = as_csv(tmp_path / "a.csv", line(UNIT, USER))
    assert "没有历史系统" in shell("import", str(file), "--system", "nowhere").output
    assert "接口校验" in shell("import", str(file), "--system", "js-insurance").output
    assert HALL in shell("systems").output
    assert "检查完毕：新增 1" in shell("import", str(file), "--system", HALL, "--check").output
