"""The single matters of a grant as somebody types them: what is meant, and why one cannot be granted (R-2.6.5.5)."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import db
from jsrs_portal.domain.authority import Scope
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.catalog import ContentStatus, Matter
from jsrs_portal.services.grant_terms import NamedMatter, Terms, meant_matters, offered_matter
from tests.services.granting import give, load_matters, people

pytestmark = pytest.mark.req("R-2.6.5.5")


@pytest.fixture
async def served(world) -> None:
    assert world
    await load_matters()


async def meant(text: str):
    async with db.reading() as session:
        return await meant_matters(session, text=text)


async def retire(key: str) -> None:
    async with db.unit_of_work() as session:
        gone = update(Matter).where(col(Matter.key) == key).values(status=ContentStatus.RETIRED)
        await session.execute(gone)


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("htxq", ["contract-renewal"]),
        ("劳动合同续签", ["contract-renewal"]),
        ("  劳动合同续签 ", ["contract-renewal"]),
        ("劳动合同", ["contract-change", "contract-renewal"]),
    ],
)
async def test_a_whole_name_means_one_and_a_part_of_several_all_of_them(served, typed, keys):
    assert sorted(one.key for one in await meant(typed)) == keys


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "请输入事项名称或拼音首字母。"),
        ("月球采矿", "没有找到「月球采矿」这样的单位事项，请换一个说法。"),
        ("个人档案查询", "「个人档案查询」是个人事项，不能由单位授权。"),
        ("劳动用工备案", "「劳动用工备案」已经下架，不能授权。"),
    ],
)
async def test_why_nothing_is_meant_is_said_at_the_field(served, typed, sentence):
    await retire("labour-old")
    refused = await meant(typed)
    assert isinstance(refused, Refusal)
    assert refused.field == "matter_text"
    assert refused.sentence == sentence


async def test_only_what_is_offered_now_is_added(served):
    async with db.reading() as session:
        found = await offered_matter(session, key="contract-renewal")
        assert found == NamedMatter("contract-renewal", "劳动合同续签", "劳动关系")
        for key in ("own-file", "no-such", ""):
            refused = await offered_matter(session, key=key)
            assert isinstance(refused, Refusal), key
            assert "已经下架" in refused.sentence


async def test_what_was_withdrawn_meanwhile_is_named_in_the_end(served, world, boss):
    (person,) = await people(world, 1)
    await retire("labour-old")
    refused = await give(boss, person, terms=Terms(scope=Scope.of(["labour"], ["labour-old", "contract-renewal"])))
    assert isinstance(refused, Refusal)
    assert refused.field == "scope"
    assert "「劳动用工备案」" in refused.sentence
    assert "劳动合同续签" not in refused.sentence
