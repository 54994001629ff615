"""Files of drafts: sent in parts, gone on with, capped, checked, encrypted, seen by their owner alone (R-2.6.3.3)."""

from datetime import timedelta

import pytest

from jsrs_portal import clock, crypto, db, file_store
from jsrs_portal.domain import case_files as rules
from jsrs_portal.domain.authority import Actor, Role, Scope
from jsrs_portal.domain.cases import CaseStatus, FileState
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.cases import Case, CaseFile
from jsrs_portal.services import case_files, key_rotation
from jsrs_portal.services.case_file_checks import complete_upload
from jsrs_portal.settings import get_settings
from tests.services import filing
from tests.services.filing import OTHER, begin, draft, listed, opened, part_of, pdf, png, remove, send, upload
from tests.services.granting import acting, codes
from tests.services.numbers import employer, human
from tests.services.recovering import AGENT
from tests.services.world import OTHER_PASSWORD, at_once, change, everything_stored, how_many, rows, visitor

pytestmark = pytest.mark.req("R-2.6.3.3")


@pytest.fixture
async def case(boss: Actor) -> Case:
    """A draft of the unit's legal representative."""
    await filing.load_matters()
    return await draft(boss)


def everything_on_disk() -> bytes:
    return b"".join(file.read_bytes() for file in get_settings().files_folder.rglob("*") if file.is_file())


async def actions() -> list[tuple[str, str]]:
    return [(one.action, one.result) for one in await rows(AuditEntry) if one.action.startswith("file.")]


# Sending


async def test_a_file_arrives_in_parts_and_can_be_read_again(boss, case):
    content = pdf(3, padding=600_000)
    done = await upload(boss, case, content, "工作安排.pdf")
    assert (done.state, done.name, done.kind, done.preview) == (FileState.STORED, "工作安排.pdf", "PDF", 3)
    stored = await opened(boss, done.id)
    assert stored is not None
    assert (stored.media_type, stored.size) == ("application/pdf", len(content))
    assert await filing.drained(file_store.contents(done.id, rules.parts(stored.size))) == content
    (row,) = await rows(CaseFile)
    assert (row.digest, row.expires_at) == (filing.digest_of(content), None)
    assert await actions() == [("file.store", "OK")]


async def test_neither_disk_nor_database_shows_what_was_handed_in(boss, case):
    await upload(boss, case, pdf(1) + b"a secret in the file", "秘密的名字.pdf")
    assert b"a secret in the file" not in everything_on_disk()
    assert b"%PDF" not in everything_on_disk()
    assert "秘密的名字" not in await everything_stored()


async def test_an_upload_goes_on_where_it_stopped(boss, case):
    content = pdf(1, padding=700_000)
    first = await begin(boss, case, content)
    for number in (0, 2):
        await send(boss, first.id, number, part_of(content, number))
    again = await begin(boss, case, content)
    assert (again.id, again.have) == (first.id, (0, 2))
    (shown,) = await listed(boss, case)
    assert (shown.words, shown.progress, shown.ready, shown.href) == ("上传未完成", 66, False, "")
    assert await complete_upload(None, actor=boss, file_id=first.id) == rules.INCOMPLETE
    await send(boss, first.id, 1, part_of(content, 1))
    done = await complete_upload(None, actor=boss, file_id=first.id)
    assert done.state == FileState.STORED
    assert await complete_upload(None, actor=boss, file_id=first.id) == done, "the answer was lost: the same again"
    assert await how_many(CaseFile) == 1


@pytest.mark.parametrize("other", [{"digest": "0" * 64}, {"digest": ""}, {"name": "b.pdf"}, {"field": OTHER}])
async def test_another_file_is_another_upload(boss, case, other):
    content = pdf()
    first = await begin(boss, case, content)
    assert (await begin(boss, case, content, **other)).id != first.id


async def test_without_a_digest_nothing_is_gone_on_with_and_the_server_computes_it(boss, case):
    content = pdf()
    first = await begin(boss, case, content, digest="")
    second = await begin(boss, case, content, digest="")
    assert first.id != second.id
    await send(boss, second.id, 0, content)
    assert (await complete_upload(None, actor=boss, file_id=second.id)).state == FileState.STORED
    assert filing.digest_of(content) in {one.digest for one in await rows(CaseFile)}


async def test_a_part_must_be_there_and_just_as_long(boss, case):
    content = pdf(1, padding=300_000)
    begun = await begin(boss, case, content)
    for number, sent in ((2, b"x"), (-1, b"x"), (0, content[:10]), (1, part_of(content, 1) + b"x"), (0, b"")):
        assert await send(boss, begun.id, number, sent) == rules.BAD_PART
    assert await file_store.parts_of(begun.id) == []


async def test_the_same_part_again_changes_nothing(boss, case):
    content = pdf()
    begun = await begin(boss, case, content)
    await send(boss, begun.id, 0, content)
    await send(boss, begun.id, 0, b"y" * len(content))
    assert (await complete_upload(None, actor=boss, file_id=begun.id)).state == FileState.STORED


async def test_nothing_is_added_to_a_file_that_is_complete(boss, case):
    done = await upload(boss, case, png(), "a.png")
    assert await send(boss, done.id, 0, png()) == rules.OVER


async def test_a_full_disk_is_told_and_the_upload_goes_on_later(boss, case, monkeypatch):
    content = pdf(1, padding=300_000)
    begun = await begin(boss, case, content)
    await send(boss, begun.id, 0, part_of(content, 0))
    monkeypatch.setattr(file_store, "_free", lambda: 10)
    assert await send(boss, begun.id, 1, part_of(content, 1)) == rules.NO_ROOM
    monkeypatch.undo()
    assert (await begin(boss, case, content)).have == (0,)
    await send(boss, begun.id, 1, part_of(content, 1))
    assert (await complete_upload(None, actor=boss, file_id=begun.id)).state == FileState.STORED


# What is not taken


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"MZ a program", "kind"),
        ("a.pdf", b"%PDF-1.7 no more of it", "damaged"),
        ("a.pdf", filing.png(), "ending"),
        ("a.png", filing.png()[:200], "damaged"),
        ("a.zip", filing.archive("a.txt"), "kind"),
        ("a.docx", filing.archive("word/document.xml", "word/vbaProject.bin"), "active"),
        ("a.xlsx", filing.archive("xl/workbook.xml", "xl/embeddings/oleObject1.bin"), "active"),
        ("a.ofd", filing.archive("OFD.xml", "Doc_0/Attachs/a.bat"), "active"),
        ("a.docx", filing.package({"word/document.xml": "x"}), "damaged"),
        ("a.pdf", filing.scripted(), "active"),
        ("a.docx", filing.archive("xl/workbook.xml"), "ending"),
        ("a.html", b"<html><script>alert(1)</script>", "kind"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "kind"),
    ],
)
async def test_the_content_decides_what_is_taken(boss, case, name, content, reason):
    done = await upload(boss, case, content, name)
    assert (done.state, done.sentence, done.href) == (FileState.REFUSED, rules.REASONS[reason], "")
    assert everything_on_disk() == b""
    assert await actions() == [("file.refuse", f"FILE_{reason.upper()}")]
    assert await opened(boss, done.id) is None


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.docx", filing.archive("[Content_Types].xml", "word/document.xml"), "docx"),
        ("a.xlsx", filing.archive("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        ("a.ofd", filing.archive("OFD.xml", "Doc_0/Document.xml"), "ofd"),
        ("SCAN.PNG", filing.png(), "png"),
        ("without an ending", filing.pdf(), "pdf"),
    ],
)
async def test_what_may_be_handed_in(boss, case, name, content, kind):
    done = await upload(boss, case, content, name)
    assert (done.state, done.kind) == (FileState.STORED, rules.KINDS[kind])


async def test_content_that_changed_on_the_way_is_refused(boss, case):
    done = await upload(boss, case, pdf(), digest="0" * 64)
    assert done.sentence == rules.REASONS["digest"]


async def test_another_try_takes_the_refusal_away_and_no_other(boss, case):
    await upload(boss, case, b"nothing", "a.pdf")
    other = await upload(boss, case, b"MZ a program", "b.pdf")
    done = await upload(boss, case, pdf(), "a.pdf")
    assert [one.id for one in await listed(boss, case)] == [other.id, done.id]
    assert await remove(boss, other.id) is None
    assert [one.id for one in await listed(boss, case)] == [done.id]


@pytest.mark.parametrize(
    ("other", "refusal"),
    [
        ({"size": 0}, rules.EMPTY),
        ({"size": rules.MOST_BYTES + 1}, rules.TOO_LARGE),
        ({"field": "words"}, rules.NO_FIELD),
        ({"field": "nothing"}, rules.NO_FIELD),
        ({"digest": "ZZ"}, rules.BAD_PART),
    ],
)
async def test_what_cannot_even_be_begun(boss, case, other, refusal):
    assert await begin(boss, case, pdf(), **other) == refusal
    assert await how_many(CaseFile) == 0


async def test_a_field_has_as_many_files_as_its_form_says(boss, case):
    for number in range(3):
        assert isinstance(await begin(boss, case, pdf(), f"{number}.pdf"), case_files.Upload)
    assert (await begin(boss, case, pdf(), "4.pdf")).code == "too_many"
    assert isinstance(await begin(boss, case, pdf(), field=OTHER), case_files.Upload)
    assert (await begin(boss, case, pdf(), "2.pdf", field=OTHER)).sentence.startswith("「证明」最多上传 1 个文件")


async def test_a_case_and_a_name_have_their_caps(boss, case, monkeypatch):
    monkeypatch.setattr(rules, "MOST_BYTES_OF_CASE", 1000)
    assert isinstance(await begin(boss, case, b"x" * 600), case_files.Upload)
    assert await begin(boss, case, b"x" * 401, "b.pdf") == rules.CASE_FULL
    monkeypatch.setattr(rules, "MOST_BYTES_OF_DRAFTS", 1500)
    second = await draft(boss)
    assert await begin(boss, second, b"x" * 901) == rules.DRAFTS_FULL
    await filing.submit(case)
    assert isinstance(await begin(boss, second, b"x" * 901), case_files.Upload), "what is submitted counts no more"


async def test_no_agent_uses_up_what_the_unit_has(boss, agent, case, monkeypatch):
    monkeypatch.setattr(rules, "MOST_BYTES_OF_PERSON", 1000)
    clerk = await acting(agent.id)
    theirs = await draft(clerk)
    assert isinstance(await begin(clerk, theirs, b"x" * 1000), case_files.Upload)
    assert await begin(clerk, theirs, b"x", "b.pdf") == rules.PERSON_FULL
    assert isinstance(await begin(boss, case, b"x" * 1000), case_files.Upload)


@pytest.mark.parametrize("status", [CaseStatus.UNIT_RETURNED, CaseStatus.CORRECTION])
async def test_what_was_sent_back_counts_with_what_was_replaced_in_it(boss, case, monkeypatch, status):
    size = len(pdf())
    monkeypatch.setattr(rules, "MOST_BYTES_OF_DRAFTS", 3 * size)
    monkeypatch.setattr(rules, "MOST_BYTES_OF_PERSON", 3 * size)
    done = await upload(boss, case, pdf())
    await filing.submit(case)
    await change(Case, status=status)
    assert await remove(boss, done.id) is None
    assert [one.state for one in await rows(CaseFile)] == [FileState.REPLACED]
    second = await draft(boss)
    assert isinstance(await begin(boss, second, b"x" * size), case_files.Upload)
    assert isinstance(await begin(boss, case, b"x" * size, "b.pdf"), case_files.Upload)
    assert await begin(boss, second, b"x", "b.pdf", field=OTHER) == rules.PERSON_FULL
    monkeypatch.setattr(rules, "MOST_BYTES_OF_PERSON", 4 * size)
    assert await begin(boss, second, b"x", "b.pdf", field=OTHER) == rules.DRAFTS_FULL


async def test_a_person_hands_in_so_much_a_day_whatever_becomes_of_it(world, boss, case, monkeypatch, time):
    monkeypatch.setattr(rules, "MOST_BYTES_OF_DAY", 2000)
    assert isinstance(await begin(boss, case, b"x" * 1500), case_files.Upload)
    await filing.submit(case)
    await change(Case, status=CaseStatus.WITHDRAWN)
    second = await draft(boss)
    taken = await begin(boss, second, b"x" * 500)
    assert await begin(boss, second, b"x", "b.pdf") == rules.DAY_FULL
    herself = filing.person(boss.person_id)
    mine = await draft(herself, "dispute")
    assert await begin(herself, mine, b"x") == rules.DAY_FULL, "in whatever name"
    assert await remove(boss, taken.id) is None
    assert isinstance(await begin(herself, mine, b"x" * 500), case_files.Upload), "what was taken away is nowhere"
    other = filing.person(await world.registered_person(human(78)))
    theirs = await draft(other, "dispute")
    assert isinstance(await begin(other, theirs, b"x"), case_files.Upload)
    time.pass_by(hours=24, seconds=1)
    assert isinstance(await begin(boss, second, b"x" * 1500, "c.pdf"), case_files.Upload)


@pytest.mark.parametrize("cap", ["field", "drafts"])
async def test_fifty_at_once_do_not_get_past_a_cap(boss, case, monkeypatch, cap):
    others = [await draft(boss) for _ in range(4)]
    monkeypatch.setattr(rules, "MOST_BYTES_OF_DRAFTS", 100)
    asked = [case] * 50 if cap == "field" else [case, *others] * 10
    size = 1 if cap == "field" else 10
    outcomes = await at_once(*[begin(boss, one, b"x" * size, f"{number}.pdf") for number, one in enumerate(asked)])
    assert await how_many(CaseFile) == (3 if cap == "field" else 10)
    assert set(codes(outcomes)) <= {"too_many", "drafts_full"}


async def test_fifty_at_once_in_two_names_do_not_get_past_a_days(boss, case, monkeypatch):
    monkeypatch.setattr(rules, "MOST_BYTES_OF_DAY", 100)
    herself = filing.person(boss.person_id)
    drafts = [(boss, case), *[(boss, await draft(boss)) for _ in range(4)]]
    drafts += [(herself, await draft(herself, "dispute")) for _ in range(5)]
    outcomes = await at_once(*[begin(who, one, b"x" * 10, f"{n}.pdf") for n, (who, one) in enumerate(drafts * 5)])
    assert await how_many(CaseFile) == 10
    assert set(codes(outcomes)) <= {"too_many", "day_full"}


async def test_so_many_uploads_in_an_hour(boss, case):
    for _ in range(300):
        await begin(boss, case, b"", size=0)
    assert (await begin(boss, case, pdf())).code == "throttled"


# Whose it is


@pytest.fixture
async def strangers(world, unit, boss, agent, case) -> dict[str, Actor]:
    """Everybody who has no business with a draft of the legal representative's for the unit."""
    other = await world.registered_unit(employer(2))
    covered = await acting(agent.id)
    return {
        "visitor": visitor(),
        "officer": Actor(session_key="x", staff_id="0" * 32),
        "the same person for themselves": filing.person(boss.person_id),
        "the same person in another unit": filing.elsewhere(boss, unit_id=other.unit_id),
        "another person of the unit": covered,
        "whoever leads another unit": await acting(other.grant_id),
        "a first password": filing.elsewhere(boss, must_change=True),
        "by the unit's password, no role": filing.elsewhere(boss, role=None),
    }


async def test_nobody_else_does_anything_with_it(boss, case, strangers):
    mine = await upload(boss, case, pdf())
    half = await begin(boss, case, pdf(5), "b.pdf")
    for who, actor in strangers.items():
        assert await begin(actor, case, pdf()) == rules.NOT_HERE, who
        assert await send(actor, half.id, 0, pdf(5)) == rules.NOT_HERE, who
        assert await complete_upload(None, actor=actor, file_id=half.id) == rules.NOT_HERE, who
        assert await remove(actor, mine.id) == rules.NOT_HERE, who
        assert await listed(actor, case) == (), who
        assert await opened(actor, mine.id) is None, who
    assert await file_store.parts_of(half.id) == []
    assert [one.id for one in await listed(boss, case)] == [mine.id, half.id]


async def test_an_agent_keeps_what_the_scope_covers(agent):
    await filing.load_matters()
    covered = await acting(agent.id)
    case = await draft(covered)
    done = await upload(covered, case, pdf())
    assert done.state == FileState.STORED
    narrowed = filing.elsewhere(covered, scope=Scope.of(["elsewhere"]))
    assert narrowed.role is Role.AGENT
    assert await opened(narrowed, done.id) is None
    assert await begin(narrowed, case, pdf()) == rules.NOT_HERE


async def test_persons_and_institutions_have_files_of_their_own(world, school):
    await filing.load_matters()
    me = filing.person(await world.registered_person(AGENT, OTHER_PASSWORD))
    her = Actor(
        session_key="h",
        person_id=await world.registered_person(human(77)),
        institution_id=school.id,
        role=Role.INSTITUTION_ADMIN,
    )
    for actor in (me, her):
        case = await draft(actor, "dispute")
        assert (await upload(actor, case, png(), "a.png")).state == FileState.STORED
    assert await how_many(CaseFile) == 2


async def test_after_submission_files_can_be_read_and_nothing_else(boss, case):
    done, half = await upload(boss, case, pdf()), await begin(boss, case, pdf(), "b.pdf")
    await filing.submit(case)
    assert await opened(boss, done.id) is not None
    assert await begin(boss, case, pdf(), "c.pdf") == rules.NOT_HERE
    assert await send(boss, half.id, 0, pdf()) == rules.NOT_HERE
    assert await complete_upload(None, actor=boss, file_id=half.id) == rules.NOT_HERE
    assert await remove(boss, done.id) == rules.NOT_HERE


async def test_a_draft_that_is_over_takes_no_more(boss, case):
    begun = await begin(boss, case, pdf())
    await change(Case, expires_at=clock.now() - timedelta(seconds=1))
    assert await begin(boss, case, pdf(), "b.pdf") == rules.NOT_HERE
    assert await send(boss, begun.id, 0, pdf()) == rules.NOT_HERE


async def test_a_file_that_is_removed_is_gone_with_its_content(boss, case):
    done = await upload(boss, case, pdf())
    assert await remove(boss, done.id) is None
    assert everything_on_disk() == b""
    assert await how_many(CaseFile) == 0
    assert await remove(boss, done.id) == rules.NOT_HERE
    assert (await actions())[-1] == ("file.remove", "OK")


async def test_a_draft_thrown_away_takes_its_files_along(boss, case):
    await upload(boss, case, pdf())
    async with db.unit_of_work() as session:
        await case_files.drop_files_of(session, case.id)
        await session.delete(await session.get_one(Case, case.id))
    assert everything_on_disk() == b""


async def test_what_a_failed_transaction_would_have_removed_stays(boss, case):
    done = await upload(boss, case, pdf())

    async def fail() -> None:
        async with db.unit_of_work() as session:
            await case_files.remove_file(session, actor=boss, file_id=done.id)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await opened(boss, done.id) is not None
    assert await file_store.parts_of(done.id) == [0]


# Keys


@pytest.mark.parametrize("cipher", ["aes", "sm4"])
async def test_a_rotation_of_keys_takes_the_files_along(boss, case, monkeypatch, cipher):
    content = pdf(1, padding=600_000)
    done = await upload(boss, case, content)
    monkeypatch.setenv("JSRS_DATA_KEYS", '{"d1": "data-demo-only", "d2": "another-secret-of-this-test"}')
    monkeypatch.setenv("JSRS_DATA_KEY_ID", "d2")
    monkeypatch.setenv("JSRS_DATA_CIPHER", cipher)
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    parts = rules.parts(len(content))
    assert await file_store.count_behind() == parts
    counted = [found.count async for found in key_rotation.rotate_keys(batch=2) if found.column == "content"]
    assert sum(counted) == parts
    assert await key_rotation.count_behind() == 0
    monkeypatch.setenv("JSRS_DATA_KEYS", '{"d2": "another-secret-of-this-test"}')
    get_settings.cache_clear()
    crypto.keyring.cache_clear()
    assert await filing.drained(file_store.contents(done.id, parts)) == content


async def test_content_from_another_place_does_not_open(boss, case):
    first, second = await upload(boss, case, pdf()), await upload(boss, case, pdf(4), "b.pdf")
    folder = get_settings().files_folder
    (folder / second.id[:2] / second.id / "0").write_bytes((folder / first.id[:2] / first.id / "0").read_bytes())
    with pytest.raises(crypto.CannotDecrypt):
        await file_store.read_part(second.id, 0)
