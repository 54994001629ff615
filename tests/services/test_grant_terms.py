"""The form of a grant: what is wrong at a field, who is meant, which business, and the sentence (R-2.6.5.2)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain import limits as frequency
from jsrs_portal.domain.authority import REASON_SENTENCES, Actor, Reason, Role, Scope
from jsrs_portal.domain.dates import in_words
from jsrs_portal.domain.masking import mask_phone
from jsrs_portal.models.catalog import ContentStatus, Matter
from jsrs_portal.models.people import Person, PersonStatus
from jsrs_portal.models.units import Grant, GrantEvent
from jsrs_portal.models.work import OutboxMessage
from jsrs_portal.services.agents import NO_MATCH, Proposal
from jsrs_portal.services.grant_terms import MOST_MATTERS, Terms, find_matters, named_matters
from tests.services.granting import (
    ANYTHING,
    LABOUR,
    UNIT,
    acting,
    day,
    give,
    given,
    holder,
    load_matters,
    people,
    propose,
    revoke,
)
from tests.services.numbers import employer, human, human_ending_in_x
from tests.services.world import fields, how_many, sentences, statements, visitor, warm_up

pytestmark = [pytest.mark.req("R-2.6.5.2"), pytest.mark.usefixtures("time")]
HER = human(9)
WHO = f"授权 {HER.name[0]}**（移动电话 {mask_phone(HER.mobile)}，证件号码 {'*' * 15}{HER.id_number[-4:]}）"


@pytest.fixture
async def her(world):
    """A registered person whom nobody has granted anything."""
    return await world.registered_person(HER)


@pytest.fixture
async def served():
    """Four matters."""
    await load_matters()


# The fields


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " 王 "}, "name"),
        ({"name": "王" * 51}, "name"),
        ({"mobile": ""}, "mobile"),
        ({"mobile": "1380000000"}, "mobile"),
        ({"mobile": "02583230000"}, "mobile"),
        ({"id_number": ""}, "id_number"),
        ({"id_number": "1234"}, "id_number"),
        ({"id_number": "1" * 31}, "id_number"),
    ],
)
async def test_each_field_says_what_is_wrong_with_it(boss, her, typed, field):
    outcome = await propose(boss, holder(HER, **typed))
    assert fields(outcome) == [field]
    assert sentences(outcome).endswith("。")


async def test_the_problems_come_in_the_order_of_the_fields(boss):
    empty = holder(HER, name="", mobile="", id_number="")
    outcome = await propose(boss, empty, terms=Terms(valid_until=day(-1)))
    assert fields(outcome) == ["name", "mobile", "id_number", "valid_until", "scope"]
    assert fields(await propose(boss, empty, Role.ADMIN, ANYTHING)) == ["name", "mobile", "id_number"]


@pytest.mark.parametrize(
    ("start", "end", "field"), [(-1, None, "valid_from"), (None, -1, "valid_until"), (5, 4, "valid_until")]
)
async def test_a_period_that_cannot_be_is_refused_at_its_field(boss, her, start, end, field):
    period = {"valid_from": None if start is None else day(start), "valid_until": None if end is None else day(end)}
    assert fields(await propose(boss, holder(HER), terms=replace(LABOUR, **period))) == [field]
    assert (await give(boss, her, terms=replace(LABOUR, **period))).field == field


@pytest.mark.req("R-2.6.5.5")
async def test_an_agent_needs_a_business_and_an_administrator_has_them_all(boss, her):
    assert fields(await propose(boss, holder(HER), terms=ANYTHING)) == ["scope"]
    assert fields(await propose(boss, holder(HER), Role.ADMIN, LABOUR)) == ["scope"]
    assert (await give(boss, her, terms=ANYTHING)).field == "scope"
    assert (await give(boss, her, Role.ADMIN, LABOUR)).field == "scope"
    assert await how_many(Grant) == 1


# Who is meant


@pytest.mark.req("R-2.6.5.3", "R-2.6.5.4", "R-2.6.5.7")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT])
async def test_name_phone_and_number_must_all_be_one_registered_persons(world, boss, her, role):
    """Whichever is wrong, the answer is the same, and so is the number of questions to the database."""
    other, locked, closed = human(10), human(11), human(12)
    await world.registered_person(other)
    for gone, status in ((locked, PersonStatus.LOCKED), (closed, PersonStatus.CLOSED)):
        person = await world.registered_person(gone)
        async with db.unit_of_work() as session:
            await session.execute(update(Person).where(col(Person.id) == person).values(status=status))
    wrong = [
        holder(HER, name=other.name),
        holder(HER, mobile=other.mobile),
        holder(HER, id_number=other.id_number),
        holder(HER, mobile=human(20).mobile),
        holder(HER, id_number=human(20).id_number),
        holder(HER, id_number="no document"),
        holder(HER, name=other.name, mobile=other.mobile),
        holder(human(20)),
        holder(locked),
        holder(closed),
    ]
    await warm_up()
    asked = set()
    for typed in wrong:
        with statements() as seen:
            outcome = await propose(boss, typed, role, LABOUR if role is Role.AGENT else ANYTHING)
        assert outcome == [NO_MATCH]
        asked.add(len(seen))
    assert len(asked) == 1
    assert (NO_MATCH.field, NO_MATCH.code) == ("", "no_match")


@pytest.mark.req("R-2.6.5.7")
async def test_what_is_right_is_understood_however_it_is_typed(world, boss):
    lady = human_ending_in_x()
    person = await world.registered_person(lady)
    typed = holder(
        lady, name=f" {lady.name} ", mobile=f"+86 {lady.mobile[:3]}-{lady.mobile[3:]}", id_number=lady.id_number.lower()
    )
    proposal = await propose(boss, typed)
    assert isinstance(proposal, Proposal), proposal
    assert proposal.person_id == person


@pytest.mark.req("R-2.6.5.7")
async def test_asking_who_is_registered_is_counted_for_whoever_asks(world, boss, her, time):
    """Thirty an hour; a form that is wrong by itself asks nothing, and others are not kept waiting."""
    most = frequency.GRANT_LOOKUP.most
    await propose(boss, holder(HER, mobile=""))
    for _ in range(most - 1):
        assert await propose(boss, holder(human(20))) == [NO_MATCH]
    assert isinstance(await propose(boss, holder(HER)), Proposal)
    (refused,) = await propose(boss, holder(HER))
    assert refused.code == "too_often"
    assert "60 分钟" in refused.sentence
    elsewhere = await acting((await world.registered_unit(employer(2))).grant_id)
    assert isinstance(await propose(elsewhere, holder(HER)), Proposal)
    time.pass_by(hours=1)
    assert isinstance(await propose(boss, holder(HER)), Proposal)


async def test_a_proposal_changes_nothing(boss, her):
    before = await how_many(Grant), await how_many(GrantEvent)
    proposal = await propose(boss, holder(HER))
    assert (proposal.person_id, proposal.role, proposal.terms) == (her, Role.AGENT, LABOUR)
    assert (await how_many(Grant), await how_many(GrantEvent), await how_many(OutboxMessage)) == (*before, 0)


@pytest.mark.req("R-2.6.5.6")
async def test_who_may_not_grant_hears_why_before_anybody_is_looked_up(world, boss, her):
    admin = await given(boss, (await people(world, 1))[0], Role.ADMIN)
    agent = await given(boss, (await people(world, 1, 200))[0])
    stranger = Actor(session_key=visitor().session_key, person_id=her)
    for actor, role, reason in (
        (await acting(agent.id), Role.AGENT, Reason.AGENTS_DO_NOT_GRANT),
        (await acting(agent.id), Role.ADMIN, Reason.AGENTS_DO_NOT_GRANT),
        (await acting(admin.id), Role.ADMIN, Reason.ONLY_LEGAL_REP),
        (boss, Role.ADMIN, Reason.MOST_ADMINS),
        (boss, Role.LEGAL_REP, Reason.BY_REGISTRY),
        (stranger, Role.AGENT, Reason.NOT_FOR_THE_UNIT),
    ):
        terms = LABOUR if role is Role.AGENT else ANYTHING
        for typed in (holder(HER), holder(human(20))):
            (refused,) = await propose(actor, typed, role, terms)
            assert (refused.code, refused.sentence) == (reason, REASON_SENTENCES[reason])
    was_admin = await acting(admin.id)
    assert isinstance(await propose(was_admin, holder(HER)), Proposal)
    await revoke(boss, admin)
    assert (await propose(was_admin, holder(HER)))[0].code == Reason.NOT_FOR_THE_UNIT


@pytest.mark.req("R-2.6.5.4")
async def test_whoever_has_a_role_already_can_be_given_no_other(boss, her):
    await given(boss, her, terms=replace(LABOUR, valid_from=day(5)))
    for role, terms in ((Role.AGENT, LABOUR), (Role.ADMIN, ANYTHING)):
        (refused,) = await propose(boss, holder(HER), role, terms)
        assert refused.code == "already"
        assert "已有经办人身份" in refused.sentence
    (refused,) = await propose(boss, holder(UNIT.legal_rep))
    assert "已有法定代表人身份" in refused.sentence


# The sentence


@pytest.mark.parametrize(
    ("start", "end", "when"),
    [
        (None, None, "长期"),
        (10, None, "自 {start} 起长期"),
        (10, 20, "在 {start}至{end} "),
        (None, 20, "即日起至{end} "),
    ],
)
async def test_the_sentence_to_confirm_says_who_when_and_what_for(boss, her, served, start, end, when):
    valid_from, valid_until = (None if days is None else day(days) for days in (start, end))
    scope = Scope.of(["labour", "insurance"], ["contract-renewal"])
    words = {"start": in_words(day(10)), "end": in_words(day(20))}
    said = await propose(boss, holder(HER), terms=Terms(valid_from=valid_from, valid_until=valid_until, scope=scope))
    assert said.sentence == (f"{WHO}{when.format(**words)}担任经办人，办理 社会保险、劳动关系、劳动合同续签。")
    assert not any(secret in repr(said) for secret in (HER.name, HER.mobile, HER.id_number))


async def test_an_administrators_sentence_says_all_business(boss, her):
    said = (await propose(boss, holder(HER), Role.ADMIN, ANYTHING)).sentence
    assert said == f"{WHO}长期担任管理员，办理 全部业务。"


# Which business


@pytest.mark.req("R-2.6.5.5")
@pytest.mark.parametrize(
    ("categories", "matters", "may"),
    [
        (["labour"], [], True),
        ([], ["contract-renewal", "contract-change"], True),
        (["insurance"], ["contract-renewal"], True),
        (["no-such"], [], False),
        (["labour", "no-such"], [], False),
        ([], ["no-such"], False),
        ([], ["contract-renewal", "no-such"], False),
        ([], ["own-file"], False),  # a person's matter
        (["contract-renewal"], [], False),
        ([], ["labour"], False),
    ],
)
async def test_only_what_the_catalogue_offers_units_can_be_granted(boss, her, served, categories, matters, may):
    terms = Terms(scope=Scope.of(categories, matters))
    proposal, made = await propose(boss, holder(HER), terms=terms), await give(boss, her, terms=terms)
    assert isinstance(proposal, Proposal) is may
    assert isinstance(made, Grant) is may
    if not may:
        assert proposal == [made]
        assert made.field == "scope"


@pytest.mark.req("R-2.6.5.5")
async def test_very_many_single_matters_are_refused_with_a_hint(boss, her):
    many = Scope.of([], [f"m-{n}" for n in range(MOST_MATTERS + 1)])
    (refused,) = await propose(boss, holder(HER), terms=Terms(scope=many))
    assert "业务类别" in refused.sentence
    assert (await give(boss, her, terms=Terms(scope=many))).field == "scope"


async def found(text):
    async with db.reading() as session:
        return [matter.key for matter in await find_matters(session, text=text)]


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("续签", ["contract-renewal"]),
        ("劳动", ["contract-change", "contract-renewal", "labour-old"]),
        ("劳动 合同", ["contract-change", "contract-renewal"]),
        ("laodongyong", ["labour-old"]),
        ("lao dong he tong x", ["contract-renewal"]),
        ("ldht", ["contract-change", "contract-renewal"]),
        ("LDHTBG", ["contract-change"]),
        ("htxq", ["contract-renewal"]),
        ("档案", []),  # a person's matter
        ("grda", []),
        ("没有这样的事项", []),
        ("", []),
        ("  ，。 ", []),
        ("%", []),
        ("_", []),
        ("l%q", []),
        ("x" * 500, []),
    ],
)
async def test_matters_are_found_by_name_pinyin_and_initials(served, typed, keys):
    assert sorted(await found(typed)) == keys


async def test_a_matter_found_has_its_name_and_category(served):
    await warm_up()
    with statements() as seen:
        async with db.reading() as session:
            (only,) = await find_matters(session, text="续签")
    assert (only.key, only.name, only.category_name) == ("contract-renewal", "劳动合同续签", "劳动关系")
    assert len(seen) == 1


async def test_a_matter_that_is_no_longer_served_is_neither_found_nor_granted(boss, her, served):
    async with db.unit_of_work() as session:
        retired = update(Matter).where(col(Matter.key) == "labour-old").values(status=ContentStatus.RETIRED)
        await session.execute(retired)
    assert await found("劳动用工备案") == []
    await warm_up()
    with statements() as seen:
        async with db.reading() as session:
            had = await named_matters(session, keys=["labour-old", "contract-change", "no-such"])
    assert [(matter.key, matter.category_name) for matter in had if matter.key == "labour-old"] == [
        ("labour-old", "劳动关系")
    ]
    assert {matter.name for matter in had} == {"劳动用工备案", "劳动合同变更"}
    assert len(seen) == 1
    assert (await give(boss, her, terms=Terms(scope=Scope.of([], ["labour-old"])))).field == "scope"


async def test_the_day_is_the_day_in_china(boss, her, time):
    """Half past midnight in Beijing is still the day before in UTC."""
    midnight = clock.now().astimezone(clock.BEIJING).replace(hour=0, minute=30) + timedelta(days=1)
    time.set(midnight)
    assert clock.today() == midnight.date() != clock.now().date()
    assert isinstance(await propose(boss, holder(HER), terms=replace(LABOUR, valid_until=midnight.date())), Proposal)
    yesterday = midnight.date() - timedelta(days=1)
    assert fields(await propose(boss, holder(HER), terms=replace(LABOUR, valid_until=yesterday))) == ["valid_until"]
