"""Notices at the bell: who sees which, what is unread, what goes to the phone (R-2.1.3, R-2.6.5.7)."""

from collections import Counter

import pytest

from jsrs_portal import db
from jsrs_portal.domain.authority import Actor, Role
from jsrs_portal.domain.limits import NOTICE_SMS
from jsrs_portal.domain.notices import CHOSEN, KINDS, MOST_COUNTED, NoticeKind, goes_to_phone, unread_words
from jsrs_portal.domain.refusal import Refusal
from jsrs_portal.models.audit import AuditEntry
from jsrs_portal.models.notices import Notice, NoticeChoice
from jsrs_portal.models.people import Person
from jsrs_portal.models.work import MessageState, OutboxMessage
from jsrs_portal.services import notice_views, notices, outbox
from tests.services.granting import UNIT, acting, given, load_matters, revoke
from tests.services.numbers import employer, human
from tests.services.world import at_once, everything_stored, how_many, rows, statements, visitor, warm_up

pytestmark = [pytest.mark.req("R-2.1.3"), pytest.mark.usefixtures("time")]
HER = human(9)


@pytest.fixture
async def unit(world):
    await load_matters()
    return await world.registered_unit(UNIT)


@pytest.fixture
async def boss(unit):
    """Acting for the unit by the unit's password."""
    return await acting(unit.grant_id)


@pytest.fixture
async def her(world):
    """A registered person, logged in as herself."""
    person_id = await world.registered_person(HER)
    return Actor(session_key="a" * 64, person_id=person_id, personal=True)


async def tell(person_id: str, kind: NoticeKind = NoticeKind.GRANT, **more: str) -> None:
    async with db.unit_of_work() as session:
        person = await session.get_one(Person, person_id)
        words = {"title": "授权已变更", "text": "变更了您的授权。"} | more
        await notices.tell(session, person=person, kind=kind, **words)


async def seen(actor: Actor, **how: object):
    async with db.reading() as session:
        return await notice_views.list_notices(session, actor=actor, **how)


async def unread(actor: Actor) -> int:
    async with db.reading() as session:
        return await notice_views.count_unread(session, actor=actor)


async def read(actor: Actor, notice_id: str = "") -> int:
    async with db.unit_of_work() as session:
        return await notice_views.mark_read(session, actor=actor, notice_id=notice_id)


async def choose(actor: Actor, *kinds: NoticeKind) -> Refusal | None:
    async with db.unit_of_work() as session:
        return await notice_views.choose_phone(session, actor=actor, kinds=frozenset(kinds))


async def sent_to(mobile: str) -> list[str]:
    return [message.body for message in await rows(OutboxMessage) if mobile in message.body]


@pytest.mark.req("R-2.6.5.7")
async def test_who_is_given_a_role_finds_it_at_the_bell_and_on_the_phone(boss, her):
    await given(boss, her.person_id)
    (row,) = (await seen(her)).rows
    assert (row.kind, row.title, row.unread, row.href) == ("授权", "您已被授权为经办人", True, "/choose")
    assert UNIT.name in row.text
    assert await unread(her) == 1
    assert len(await sent_to(HER.mobile)) == 1


@pytest.mark.req("R-2.6.5.7")
async def test_a_grant_taken_back_is_told_to_who_can_no_longer_enter_the_unit(boss, her):
    grant = await given(boss, her.person_id)
    await revoke(boss, grant)
    assert [row.title for row in (await seen(her)).rows] == ["您的经办人授权已收回", "您已被授权为经办人"]


async def test_nobody_reads_what_another_was_told(world, boss, her):
    await tell(her.person_id)
    stranger = Actor(session_key="b" * 64, person_id=await world.registered_person(human(11)), personal=True)
    assert (await seen(stranger)).rows == ()
    assert await unread(stranger) == 0
    (hers,) = (await seen(her)).rows
    assert await read(stranger, hers.id) == 0
    assert await read(stranger) == 0
    assert await unread(her) == 1


async def test_a_visitor_is_told_nothing_and_asks_the_database_nothing(unit):
    with statements() as asked:
        assert await unread(visitor()) == 0
        assert (await seen(visitor())).rows == ()
        assert await read(visitor()) == 0
    assert len(asked) == 0


@pytest.mark.req("R-2.6.6.5")
async def test_a_units_password_opens_that_units_notices_alone(world, unit, boss):
    """What concerns the person, or another unit of theirs, is for who proved the personal password."""
    other = await world.registered_unit(employer(2))
    await tell(unit.person_id, NoticeKind.UNIT, unit_id=unit.unit_id, title="单位注册成功")
    await tell(unit.person_id, NoticeKind.SECURITY, title="新设备登录")
    await tell(unit.person_id, unit_id=other.unit_id, title="别的单位")
    assert {row.title for row in (await seen(boss)).rows} == {"单位注册成功"}
    assert await unread(boss) == 1
    assert await read(boss) == 1
    oneself = Actor(session_key="c" * 64, person_id=unit.person_id, personal=True)
    assert {row.title for row in (await seen(oneself)).rows} == {"单位注册成功", "新设备登录", "别的单位"}
    assert await unread(oneself) == 2


async def test_what_is_for_another_unit_leads_to_the_choice_of_the_role(unit):
    await tell(unit.person_id, NoticeKind.UNIT, unit_id=unit.unit_id, title="单位注册成功", href="/unit/info")
    oneself = Actor(session_key="c" * 64, person_id=unit.person_id, personal=True)
    (row,) = (await seen(oneself)).rows
    assert (row.whom, row.href) == (UNIT.name, "/choose")
    acting_for_it = Actor(
        session_key="c" * 64,
        person_id=unit.person_id,
        personal=True,
        unit_id=unit.unit_id,
        grant_id=unit.grant_id,
        role=Role.LEGAL_REP,
    )
    (row,) = (await seen(acting_for_it)).rows
    assert row.href == "/unit/info"


async def test_reading_counts_once(her):
    for _ in range(3):
        await tell(her.person_id)
    first = (await seen(her)).rows[0]
    assert await read(her, first.id) == 1
    assert await read(her, first.id) == 0
    assert await unread(her) == 2
    assert [row.unread for row in (await seen(her)).rows] == [False, True, True]
    assert {row.id for row in (await seen(her, unread_only=True)).rows} == {
        row.id for row in (await seen(her)).rows[1:]
    }
    assert sum(await at_once(*(read(her) for _ in range(10)))) == 2
    assert await unread(her) == 0


async def test_pages_follow_each_other_and_miss_none_that_comes_meanwhile(her):
    for number in range(notice_views.PAGE_ROWS + 3):
        await tell(her.person_id, title=f"第 {number} 条")
    page = await seen(her)
    await tell(her.person_id, title="刚刚")
    rest = await seen(her, after=page.after)
    assert len(page.rows) == notice_views.PAGE_ROWS
    assert [row.title for row in rest.rows] == ["第 2 条", "第 1 条", "第 0 条"]
    assert rest.after == ""
    assert (await seen(her, after="nonsense")).rows[0].title == "刚刚"


async def test_the_bell_never_counts_far(her):
    async with db.unit_of_work() as session:
        for _ in range(MOST_COUNTED + 20):
            notice = Notice(person_id=her.person_id, kind="GRANT", title="x")
            notice.text = "x"
            session.add(notice)
    assert await unread(her) == MOST_COUNTED + 1
    assert [unread_words(n) for n in (-1, 0, 1, 99, 100, 5000)] == ["", "", "1", "99", "99+", "99+"]


async def test_the_same_statements_for_one_and_for_many(her):
    await tell(her.person_id)
    await warm_up()
    with statements() as few:
        await seen(her)
        await unread(her)
    for _ in range(60):
        await tell(her.person_id)
    with statements() as many:
        await seen(her)
        await unread(her)
    assert len(few) == len(many) == 2


# The phone


def test_every_kind_says_what_it_is():
    assert set(KINDS) == set(NoticeKind)
    assert all(spec.label and spec.about for spec in KINDS.values())
    assert NoticeKind.SECURITY not in CHOSEN
    assert all(goes_to_phone(NoticeKind.SECURITY, changed) for changed in ([], list(NoticeKind)))
    for kind in CHOSEN:
        assert goes_to_phone(kind, []) is KINDS[kind].sms
        assert goes_to_phone(kind, [kind]) is not KINDS[kind].sms


async def test_what_is_turned_off_stays_at_the_bell(boss, her):
    assert await choose(her, *(kind for kind in CHOSEN if kind is not NoticeKind.GRANT)) is None
    await given(boss, her.person_id)
    assert [row.title for row in (await seen(her)).rows] == ["您已被授权为经办人", "短信提醒已关闭"]
    assert not [text for text in await sent_to(HER.mobile) if "授权您担任" in text]
    assert await choose(her, *CHOSEN) is None
    await tell(her.person_id, NoticeKind.GRANT)
    assert len([text for text in await sent_to(HER.mobile) if "变更了您的授权" in text]) == 1


async def test_nobody_turns_off_what_warns_of_a_thief(her):
    assert await choose(her) is None
    await tell(her.person_id, NoticeKind.SECURITY)
    assert len(await sent_to(HER.mobile)) == 2


async def test_turning_warnings_off_is_a_warning_itself(her):
    """Or whoever has the password would silence what comes next without anybody hearing."""
    await choose(her, *(kind for kind in CHOSEN if kind is not NoticeKind.UNIT))
    (text,) = await sent_to(HER.mobile)
    assert "「单位」" in text
    await choose(her, *CHOSEN)
    assert len(await sent_to(HER.mobile)) == 1


async def test_a_phone_gets_so_many_notices_of_one_kind_a_day(world, her):
    """What somebody does again and again must not use up the messages that others wait for."""
    for _ in range(NOTICE_SMS.most + 5):
        await tell(her.person_id)
    await tell(her.person_id, NoticeKind.SECURITY, title="新设备登录")
    while await outbox.deliver_one(world.outside.gateways):
        pass
    states = Counter(message.state for message in await rows(OutboxMessage))
    assert states == {MessageState.SENT: NOTICE_SMS.most + 1, MessageState.WITHHELD: 5}
    assert len(world.outside.sms.sent) == NOTICE_SMS.most + 1
    assert await unread(her) == NOTICE_SMS.most + 6


async def test_a_choice_is_kept_shown_and_noted_once(her):
    await choose(her, NoticeKind.CASE)
    async with db.reading() as session:
        shown = await notice_views.list_choices(session, actor=her)
    assert {row.kind for row in shown if row.sms} == {NoticeKind.CASE}
    await choose(her, NoticeKind.CASE)
    (entry,) = [entry for entry in await rows(AuditEntry) if entry.action == "notice.choose"]
    assert entry.person_id == her.person_id
    before = await how_many(NoticeChoice)
    await at_once(*(choose(her, NoticeKind.CASE) for _ in range(8)))
    assert await how_many(NoticeChoice) == before


async def test_only_oneself_chooses(unit, boss):
    assert await choose(boss) == notice_views.NOT_YOURS
    assert await choose(visitor()) == notice_views.NOT_YOURS
    async with db.reading() as session:
        assert await notice_views.list_choices(session, actor=boss) == ()


async def test_what_was_said_is_not_readable_in_the_database(her):
    await tell(her.person_id, text=f"{HER.name} 的手机 {HER.mobile}")
    stored = await everything_stored()
    assert HER.name not in stored
    assert HER.mobile not in stored


async def test_a_notice_that_is_taken_back_was_never_there(her):
    async with db.unit_of_work() as session:
        person = await session.get_one(Person, her.person_id)
        await notices.tell(session, person=person, kind=NoticeKind.GRANT, title="x", text="x")
        await session.rollback()
    assert (await how_many(Notice), await how_many(OutboxMessage)) == (0, 0)
