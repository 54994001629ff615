"""Search on both databases: the same answers, at most two statements, and typed text is only text (R-2.1.8)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jsrs_portal import clock, db
from jsrs_portal.models.catalog import SearchDocument
from jsrs_portal.services import catalog_load
from jsrs_portal.services.search.queries import search, suggest
from tests.services.world import how_many, statements
from tests.support.matters import announcement, catalogue, matter, thousands

pytestmark = pytest.mark.req("R-2.1.8")

MATTERS = (
    matter("contract-renewal", "劳动合同续签", number=1, keywords=["合同到期", "续约"]),
    matter("contract-change", "劳动合同变更", number=2),
    matter("contract-draft", "劳动合同拟定", number=3),
    matter("group-contract", "集体劳动合同续签审查", number=4),
    matter("card-issue", "社会保障卡申领", number=5, category="card", subcategory="issue", aliases=["社保卡申领"]),
    matter("pilot", "苏州试点补贴", number=6, regions=["320500"], category="employment", subcategory="subsidies"),
    matter("ca-update", "CA证书更新", number=7),
)
NEWS = (
    announcement("card-news", "社会保障卡换发公告", kind="公告"),
    announcement("suzhou-news", "苏州市招聘会通知", region="320500"),
)


@pytest.fixture
async def loaded():
    """Seven matters and two announcements."""
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(
            session, catalogue=catalogue(*MATTERS, news=NEWS), files_digest="x", now=clock.now()
        )


async def find(text, **more):
    async with db.reading() as session:
        return await search(session, text=text, **more)


async def keys(text, **more):
    return [hit.key for hit in (await find(text, **more)).hits]


def plain(pieces):
    return "".join(piece for piece, _ in pieces)


def marked(pieces):
    return [piece for piece, hit in pieces if hit]


async def test_the_exact_name_is_first_and_says_so(loaded):
    found = await find("劳动合同续签")
    assert [hit.key for hit in found.hits][:2] == ["contract-renewal", "group-contract"]
    assert [hit.exact for hit in found.hits][:2] == [True, False]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("续签", "contract-renewal"),
        ("合同 变更", "contract-change"),
        ("laodonghetongxuqian", "contract-renewal"),
        ("laodonghetongb", "contract-change"),
        ("nidIng", "contract-draft"),
        ("ldhtxq", "contract-renewal"),
        ("LDHTBG", "contract-change"),
        ("htnd", "contract-draft"),
        ("lao dong he tong ni ding", "contract-draft"),
        ("社保卡", "card-issue"),
        ("续约", "contract-renewal"),
        ("ca证书", "ca-update"),
        ("ＣＡ", "ca-update"),
        ("社会保障卡换发", "card-news"),
        ("shebaoka", "card-issue"),
        ("sbksl", "card-issue"),
        ("社保卡的 b", "card-issue"),
    ],
)
async def test_chinese_words_pinyin_initials_and_other_names_find_it(loaded, typed, first):
    assert (await keys(typed))[0] == first


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("劳动和同续签", "contract-renewal"),
        ("社宝卡", "card-issue"),
        ("劳动合续签", "contract-renewal"),
        ("劳动的合同变更", "contract-change"),
        ("ldhtxp", "contract-renewal"),
        ("laodonghetomgbiangeng", "contract-change"),
    ],
)
async def test_one_mistyped_sign_still_finds_it_and_the_result_says_so(loaded, typed, first):
    found = await find(typed)
    assert found.hits[0].key == first
    assert found.mistyped


async def test_what_sounds_the_same_is_found_whatever_its_characters(loaded):
    found = await find("牢洞和同便更")
    assert [hit.key for hit in found.hits] == ["contract-change"]
    assert found.mistyped


async def test_another_name_in_full_comes_before_names_that_contain_it(loaded):
    assert (await keys("社保卡申领"))[0] == "card-issue"
    assert (await keys("续约"))[0] == "contract-renewal"


async def test_a_matters_code_finds_it(loaded):
    assert await keys(MATTERS[3].codes.basic) == ["group-contract"]


@pytest.mark.parametrize("typed", ["的", "a", " 的 ", "b 是"])
async def test_what_says_nothing_finds_nothing(loaded, typed):
    assert await keys(typed) == []


async def test_two_mistakes_are_not_guessed_at(loaded):
    assert "card-issue" not in await keys("社猫保狗卡")


async def test_a_question_finds_the_matter_in_it(loaded):
    assert (await keys("请问怎么办理劳动合同变更"))[0] == "contract-change"


async def test_what_only_the_guide_says_is_found_as_a_guide(loaded):
    found = await find("集体劳动合同续签审查的条件")
    assert [(hit.kind, hit.key) for hit in found.hits][:1] == [("guide", "group-contract")]
    assert "集体劳动合同续签审查的条件" in "".join(marked(found.hits[0].excerpt))


async def test_announcements_are_found_by_title_and_text(loaded):
    (hit,) = [hit for hit in (await find("社会保障卡换发公告")).hits if hit.kind == "announcement"]
    assert (hit.href, hit.kind_name) == ("/announcements/card-news", "公告")
    assert "card-news" in await keys("第二段说明咨询方式", kind="announcement")
    assert await keys("第二段说明咨询方式", kind="matter") == []


async def test_only_what_exists_in_the_region_is_found(loaded):
    for typed in ("苏州试点补贴", "szsdbt", "苏州试点补帖"):
        assert await keys(typed) == await keys(typed, region="320100") == []
        assert await keys(typed, region="320500") == await keys(typed, region="320583") == ["pilot"]
    assert await keys("苏州市招聘会通知", region="320100") == []
    assert await keys("苏州市招聘会通知", region="320583") == ["suzhou-news"]


async def test_addresses_keep_the_region(loaded):
    (hit,) = (await find("苏州试点补贴", region="320583")).hits
    assert hit.href == "/matters/pilot?region=320583"


async def test_hits_are_marked_in_pieces_never_in_html(loaded):
    hit = (await find("ldhtbg")).hits[0]
    assert (plain(hit.title), marked(hit.title)) == ("劳动合同变更", ["劳动合同变更"])
    hit = (await find("变更")).hits[0]
    assert marked(hit.title) == ["变更"]


async def test_nothing_found_leads_on(loaded):
    found = await find("量子计算机")
    assert found.hits == ()
    assert len(found.popular) == 6
    assert [way.name for way in found.categories] == ["就业创业", "社会保险", "人才人事", "劳动关系", "社会保障卡"]
    elsewhere = await find("量子计算机", region="320500")
    assert any(way.name == "苏州试点补贴" for way in elsewhere.popular)
    assert elsewhere.categories[0].href == "/services?category=employment&region=320500"


@pytest.mark.parametrize("typed", ["", "   ", "！？", "😀", "%", "*", '"', "'", "\\", "\x00"])
async def test_without_words_nothing_is_asked(loaded, typed):
    with statements() as seen:
        found = await find(typed)
    assert seen == []
    assert found.hits == ()
    assert found.categories


@pytest.mark.parametrize(
    "typed",
    [
        "' OR 1=1 --",
        '" OR "',
        "合同* NEAR 续签",
        "合同) OR (续签",
        "tokens:合同",
        "合同:*",
        "合同 & ! 续签",
        "合同 <-> 续签",
        "-合同",
        "^合同",
        "{合同}",
        "合同\x00续签",
        "合同" * 300,
        "a" * 5000,
        "%E5%90%88",
        "<script>alert(1)</script>",
        "NOT 合同 AND",
    ],
)
async def test_signs_of_query_languages_are_only_signs(loaded, typed):
    await find(typed)
    async with db.reading() as session:
        await suggest(session, text=typed)
    assert await how_many(SearchDocument) == len(MATTERS) + len(NEWS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.text(st.sampled_from("劳动合同续签社保 ldhtxq'\"*:()&|!<->\\%_^{}-"), max_size=40),
    ),
    region=st.sampled_from(["", "320583", "320000", "x' OR ''='"]),
    offset=st.integers(0, 70),
)
def test_whatever_is_typed_is_answered_with_at_most_two_statements(loaded_for_drawing, text, region, offset):
    run, loop = loaded_for_drawing

    async def ask():
        with statements() as seen:
            found = await find(text, region=region, offset=offset)
        assert len(seen) <= 2
        assert len(found.hits) <= 20
        async with db.reading() as session:
            with statements() as seen:
                assert len(await suggest(session, text=text, region=region)) <= 8
        assert len(seen) <= 1

    run(loop, ask())


@pytest.fixture
def loaded_for_drawing(database):
    """The same matters for a test that Hypothesis runs many times, on an event loop of its own."""
    import asyncio

    loop = asyncio.new_event_loop()

    async def load():
        async with db.unit_of_work() as session:
            await catalog_load.load_catalogue(
                session, catalogue=catalogue(*MATTERS, news=NEWS), files_digest="x", now=clock.now()
            )

    loop.run_until_complete(load())
    yield (lambda owner, work: owner.run_until_complete(work)), loop
    loop.run_until_complete(db.close_engine())
    loop.close()


async def test_pages_of_a_search_follow_each_other():
    async with db.unit_of_work() as session:
        made = [m.model_copy(update={"regions": ("all",)}) for m in thousands(400)]
        await catalog_load.load_catalogue(session, catalogue=catalogue(*made), files_digest="x", now=clock.now())
    first = await find("劳动合同", limit=5)
    second = await find("劳动合同", limit=5, offset=5)
    assert first.more
    assert not {hit.key for hit in first.hits} & {hit.key for hit in second.hits}
    assert first.total == second.total


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("劳动合同变", "劳动合同变更"),
        ("ldhtn", "劳动合同拟定"),
        ("laodonghetongx", "劳动合同续签"),
        ("jiti", "集体劳动合同续签审查"),
    ],
)
async def test_suggestions_begin_as_typed(loaded, typed, first):
    async with db.reading() as session:
        found = await suggest(session, text=typed)
    assert found[0].text == plain(found[0].title) == first


async def test_at_most_eight_suggestions_in_one_statement():
    async with db.unit_of_work() as session:
        await catalog_load.load_catalogue(
            session, catalogue=catalogue(*thousands(200)), files_digest="x", now=clock.now()
        )
    async with db.reading() as session:
        with statements() as seen:
            found = await suggest(session, text="劳动")
    assert (len(found), len(seen)) == (8, 1)
