"""A bad file is refused with file, line, field and reason in Chinese, and stops nothing else (rule 4)."""

import re
import shutil

import pytest
import yaml
from typer.testing import CliRunner

from jsrs_portal.catalog.loader import FOLDER, catalogue_digest, check_files, read_catalogue
from jsrs_portal.catalog.marked_yaml import LARGEST, Unreadable, read_marked
from jsrs_portal.cli import catalog as commands
from jsrs_portal.domain.hall_content import LARGEST_ATTACHMENT
from tests.support.matters import EXAMPLE

pytestmark = pytest.mark.req("R-2.1.9")


@pytest.fixture
def folder(tmp_path):
    """A catalogue with one matter, one announcement and one city."""
    for name in ("taxonomy.yaml", "regions.yaml"):
        shutil.copy(FOLDER / name, tmp_path / name)
    for place, file in (
        ("matters/labour", EXAMPLE),
        ("announcements", FOLDER / "announcements" / "postdoc-2026.yaml"),
        ("cities", FOLDER / "cities" / "320500.yaml"),
    ):
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(file, tmp_path / place / file.name)
    city = tmp_path / "cities" / "320500.yaml"
    front = city.read_text(encoding="utf-8").partition("featured:")[0]
    city.write_text(f"{front}featured:\n  - labour-contract-renewal\n", encoding="utf-8")
    return tmp_path


def change(folder, old, new, file="matters/labour/labour-contract-renewal.yaml"):
    """Replace ``old`` in a file and return the line it is on."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults(folder):
    """Return what is wrong, as lines."""
    return [str(fault) for fault in read_catalogue(folder).faults]


def test_a_good_catalogue_has_no_faults(folder):
    found = read_catalogue(folder)
    assert found.faults == []
    assert (len(found.matters), len(found.announcements), len(found.cities)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "field", "reason"),
    [
        ("kind: 办事", "kind: 办理", "kind", "只能是 '办事'、'查询' 之一"),
        ("themes:", "thema:", "thema", "没有这个字段"),
        ("name: 劳动合同续签文本", "nama: 劳动合同续签文本", "guide.materials[1].nama", "没有这个字段"),
        ('    phone: "12345"', "    phone: 12345", "guide.complaint.phone", "应为文字；数字、日期"),
        ("visits: 0", "visits: -1", "guide.visits", "不能小于 0"),
        (
            "    days: 5\n    unit: 工作日\n    note: 补",
            "    days: 五\n    unit: 工作日\n    note: 补",
            "guide.promised_limit.days",
            "应为整数",
        ),
        ("charged: false", "charged: 免费", "guide.fee.charged", "应为 true 或 false"),
        ("  - all", '  - "329999"', "regions[1]", "没有代码为 329999 的行政区划"),
        ("subcategory: contracts", "subcategory: contract", "subcategory", "没有名为 contract 的子类"),
        ("category: labour", "category: talent", "category", "与所在文件夹 labour 不一致"),
        ("key: labour-contract-renewal", "key: another-key", "key", "与文件名"),
        ("      kind: 审核", "      kind: 受理", "workflow.steps[2].kind", "受理只能是第一个环节"),
        (
            "      outcomes:\n        - 通过\n        - 退回补正\n        - 不予通过\n",
            "      outcomes:\n        - 通过\n        - 不予受理\n",
            "workflow.steps[2].outcomes",
            "只有受理环节可以「不予受理」",
        ),
        ("      kind: 受理\n", "      kind: 受理\n      pauses: true\n", "workflow.steps[1].pauses", "尚未开始"),
        ("    most: 2\n", "    most: 0\n", "workflow.corrections.most", "次数不能为 0"),
        ("      - LEGAL_REP\n", "", "workflow.unit_review.roles", "须包括 LEGAL_REP"),
        ('    - region: "320100"', '    - region: "990000"', "guide.offices[2].region", "没有代码为 990000"),
    ],
)
def test_a_mistake_is_named_with_file_line_field_and_reason(folder, old, new, field, reason):
    if old == "themes:":
        change(folder, "featured: 10\n", "featured: 10\nthemes: []\n")
    line = change(folder, old, new)
    said = next(text for text in faults(folder) if f" {field}：" in text)
    assert said.startswith("matters/labour/labour-contract-renewal.yaml:")
    assert reason in said
    found = re.match(r"[^:]+:(\d+) ", said)
    assert found is not None
    assert line - 1 <= int(found[1]) <= line + 1


def test_a_missing_field_is_named_in_full(folder):
    change(folder, "  visits: 0\n", "")
    assert any(" guide.visits：缺少必填项" in text for text in faults(folder))


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("key: a\nkey: b\n", 2, "出现了两次"),
        ("key: a\n\tname: b\n", 2, "制表符"),
        ("a: &x 1\nb: *x\n", 1, "锚点"),
        ("a: !!python/object:os.system x\n", 1, "标签"),
        ("a: [1, 2\n", 1, "YAML"),
        ("key: 说明: 内容\n", 1, "引号"),
        ("", 1, "空的"),
        ("a: 2026-02-30\n", 1, "日期"),
        ("a: \x07\n", 1, "控制字符"),
        ("1: a\n", 1, ""),
        ("? [a, b]\n: c\n", 1, "字段名须是文字"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(tmp_path, text, line, reason):
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    if not reason:
        assert read_marked(file).value == {"1": "a"}
        return
    with pytest.raises(Unreadable) as caught:
        read_marked(file)
    assert reason in str(caught.value)
    assert abs(caught.value.line - line) <= 1


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"x" * (LARGEST + 1), b"[" * 5000, b"a: {b: " * 400])
def test_bytes_that_would_harm_are_refused(tmp_path, raw):
    file = tmp_path / "x.yaml"
    file.write_bytes(raw)
    with pytest.raises(Unreadable):
        read_marked(file)


def test_a_few_aliases_that_stand_for_gigabytes_are_refused(tmp_path):
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    file = tmp_path / "x.yaml"
    file.write_text("\n".join(lines))
    with pytest.raises(Unreadable, match="锚点"):
        read_marked(file)


def test_one_bad_file_does_not_stop_the_others(folder):
    (folder / "matters/labour/broken.yaml").write_text("name: [")
    (folder / "announcements/broken.yaml").write_text("key: broken")
    found = read_catalogue(folder)
    assert set(found.matters) == {"labour-contract-renewal"}
    assert set(found.announcements) == {"postdoc-2026"}
    assert found.present["matters"] == {"labour-contract-renewal", "broken"}
    assert {fault.file for fault in found.faults} == {"matters/labour/broken.yaml", "announcements/broken.yaml"}


@pytest.mark.req("R-2.1.10")
@pytest.mark.parametrize(
    ("content", "file", "reason"),
    [
        (b"%PDF-1.7", "guide.exe", "格式不正确"),
        (b"%PDF-1.7", "../guide.pdf", "格式不正确"),
        (None, "guide.pdf", "没有文件 attachments/postdoc-2026/guide.pdf"),
        (b"", "guide.pdf", "不能为空"),
        (b"<html>", "guide.pdf", "内容不是 pdf 文件"),
        (b"MZ", "form.xlsx", "内容不是 xlsx 文件"),
        ("市".encode("gb18030"), "list.csv", "UTF-8"),
        (b"%PDF-" + b"x" * LARGEST_ATTACHMENT, "guide.pdf", "不能超过 5 MB"),
    ],
)
def test_an_attachment_is_what_its_name_says(folder, content, file, reason):
    news = folder / "announcements/postdoc-2026.yaml"
    news.write_text(f"{news.read_text(encoding='utf-8')}attachments:\n  - name: 附件\n    file: {file}\n", "utf-8")
    if content is not None:
        (folder / "attachments/postdoc-2026").mkdir(parents=True)
        (folder / "attachments/postdoc-2026" / file.rpartition("/")[2]).write_bytes(content)
    (said,) = faults(folder)
    assert said.startswith("announcements/postdoc-2026.yaml:")
    assert " attachments[1].file：" in said
    assert reason in said
    assert read_catalogue(folder).announcements == {}


@pytest.mark.req("R-2.1.10")
@pytest.mark.parametrize("also", ["", "    file: a.pdf\n    url: https://a.gov.cn\n"])
def test_an_attachment_is_a_file_or_an_address(folder, also):
    news = folder / "announcements/postdoc-2026.yaml"
    news.write_text(f"{news.read_text(encoding='utf-8')}attachments:\n  - name: 附件\n{also}", "utf-8")
    (said,) = faults(folder)
    assert "二者取一" in said


@pytest.mark.req("R-2.1.10")
def test_what_an_announcement_would_not_show_is_refused(folder):
    news = folder / "announcements/postdoc-2026.yaml"
    head, _, _ = news.read_text(encoding="utf-8").partition("body:")
    news.write_text(f"{head}body: |\n  第一段说明有关安排，内容如下。\n\n  <script>alert(1)</script>\n", "utf-8")
    (said,) = faults(folder)
    assert " body：第 3 行不能使用 HTML" in said


def test_a_code_is_used_once(folder):
    text = EXAMPLE.read_text(encoding="utf-8")
    copy = text.replace("key: labour-contract-renewal", "key: second-matter")
    (folder / "matters/labour/second-matter.yaml").write_text(copy, encoding="utf-8")
    assert any("与事项 labour-contract-renewal 的基本编码重复" in said for said in faults(folder))


@pytest.mark.parametrize("name", ["taxonomy.yaml", "regions.yaml"])
def test_without_groups_or_regions_nothing_is_judged(folder, name):
    (folder / name).write_text("- nothing")
    found = read_catalogue(folder)
    assert not found.usable
    assert found.matters == {}
    assert [fault.file for fault in found.faults] == [name]


def test_a_city_features_matters_there_are(folder):
    change(folder, "  - labour-contract-renewal", "  - no-such-matter", "cities/320500.yaml")
    (said,) = [text for text in faults(folder) if text.startswith("cities")]
    assert "featured[1]：没有名为 no-such-matter 的事项" in said


def test_any_change_of_any_file_changes_the_digest(folder):
    before = catalogue_digest(folder)
    assert catalogue_digest(folder) == before
    change(folder, "summary:", "summary: ")
    assert catalogue_digest(folder) != before


def test_faults_never_repeat_what_a_file_says(folder):
    change(folder, "kind: 办事", "kind: 绝密内容")
    assert "绝密内容" not in "\n".join(faults(folder))


def test_line_numbers_agree_with_yaml_itself():
    marked = read_marked(EXAMPLE)
    assert marked.value == yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    assert lines[marked.lines["guide", "faqs", 1, "question"] - 1].strip().startswith("- question")


# jsrs catalog check


def check(*arguments):
    """Run ``jsrs catalog check`` and return its status, its last line, and what it complained about."""
    done = CliRunner().invoke(commands.commands, ["check", *map(str, arguments)])
    return done.exit_code, done.stdout.splitlines()[-1], done.stderr.splitlines()


def test_the_shipped_catalogue_is_checked_in_one_line():
    code, said, complaints = check()
    found = re.fullmatch(r"matters: (\d+), guides complete: (\d+), errors: 0", said)
    assert (code, complaints) == (0, [])
    assert found is not None
    assert int(found[1]) == int(found[2]) >= 60


def test_a_bad_file_of_the_catalogue_is_counted_and_refused(folder):
    change(folder, "kind: 办事", "kind: 办理")
    code, said, (complaint,) = check("--from", folder)
    assert (code, said) == (1, "matters: 1, guides complete: 0, errors: 1")
    assert re.match(r"✗ matters/labour/labour-contract-renewal\.yaml:\d+ kind：只能是", complaint)


def test_a_file_that_is_still_being_written_is_checked_where_it_is(folder, tmp_path):
    fresh = tmp_path / "elsewhere" / "second-matter.yaml"
    fresh.parent.mkdir()
    text = EXAMPLE.read_text(encoding="utf-8").replace("key: labour-contract-renewal", "key: second-matter")
    fresh.write_text(text, encoding="utf-8")
    code, said, (complaint,) = check("--from", folder, fresh)  # beside the others its code is taken
    assert (code, said) == (1, "matters: 1, guides complete: 0, errors: 1")
    assert str(fresh) in complaint
    assert "基本编码重复" in complaint
    own = folder / "matters/labour/labour-contract-renewal.yaml"
    assert check("--from", folder, own, folder / "cities/320500.yaml")[:2] == (
        0,
        "matters: 1, guides complete: 1, errors: 0",
    )


def test_nothing_can_be_checked_beside_a_broken_taxonomy(folder):
    (folder / "taxonomy.yaml").write_text("- nothing")
    assert [fault.file for fault in check_files([EXAMPLE], folder).faults] == ["taxonomy.yaml"]
