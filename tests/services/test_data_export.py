"""Export of one's own data: asked for, made once by the worker, fetched once, by its person alone (R-2.6.8.5)."""

import csv
import io
import json
import zipfile
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import col

from jsrs_portal import clock, db
from jsrs_portal.domain.authority import Scope
from jsrs_portal.domain.masking import mask_name
from jsrs_portal.domain.own_data import LEASE, LIFE, MOST_TRIES, ExportState, Section, pack
from jsrs_portal.models.notices import Notice
from jsrs_portal.models.own_data import DataExport
from jsrs_portal.models.shipments import CaseDelivery
from jsrs_portal.services import data_export
from jsrs_portal.services.data_export import make_exports
from jsrs_portal.services.own_data import READERS
from jsrs_portal.services.retention import clear_away
from tests.services.applying import serve, shipped
from tests.services.granting import BOSS, UNIT, audited
from tests.services.opening import HER, with_own_password
from tests.services.parcelling import (
    INJURY,
    NUMBER,
    OTHER,
    a_case,
    address,
    choose,
    parcel,
    send_in,
    shipment_of,
    where,
)
from tests.services.recovering import AGENT, why
from tests.services.settling import entered, who
from tests.services.test_delivery_addresses import WHO, added
from tests.services.world import (
    OTHER_PASSWORD,
    PASSWORD,
    at_once,
    everything_stored,
    rows,
    statements,
    visitor,
    warm_up,
)

pytestmark = [pytest.mark.req("R-2.6.8.5"), pytest.mark.usefixtures("time", "as_in_the_server")]


@pytest.fixture
async def mine(world, unit, agent):
    """An agent of the unit, logged in by the personal password."""
    return await entered(world, AGENT, OTHER_PASSWORD)


async def ask(actor):
    async with db.unit_of_work() as session:
        return await data_export.request_export(session, actor=actor)


async def seen(actor):
    async with db.reading() as session:
        return await data_export.view_export(session, actor=actor)


async def fetch(actor, export_id: str) -> bytes | None:
    async with db.unit_of_work() as session:
        return await data_export.fetch_export(session, actor=actor, export_id=export_id)


async def the_export() -> DataExport:
    (found,) = await rows(DataExport)
    return found


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}


# The files


def test_a_file_that_one_can_read_and_a_spreadsheet_does_not_run():
    sections = [Section("通知", ("标题", "内容"), [("=1+1", "<script>alert(1)</script>"), ("-2", "王某，您好")])]
    files = unpacked(pack(sections, made_at="2026年11月28日 15:00", stamp=clock.now()))
    assert list(files) == ["我的数据.html", "1-通知.csv", "我的数据.json"]
    assert "<script>" not in files["我的数据.html"]
    assert "&lt;script&gt;" in files["我的数据.html"]
    assert [row[0] for row in csv.reader(io.StringIO(files["1-通知.csv"]))] == ["标题", "'=1+1", "'-2"]
    assert json.loads(files["我的数据.json"])["通知"][0] == {"标题": "=1+1", "内容": "<script>alert(1)</script>"}


async def test_it_holds_all_that_is_kept_of_the_person_and_nobody_else_s(world, boss, mine):
    await added(boss)
    made = await ask(mine)
    assert await make_exports() == 1
    files = unpacked(await fetch(mine, made.id) or b"")
    told = json.loads(files["我的数据.json"])
    assert list(told) == [
        *("个人信息", "授权", "登录", "安全记录", "通知", "同意的协议", "收藏的事项", "申报", "评价"),
        *("结果寄送地址", "快递"),
    ]
    own = {row["项目"]: row["内容"] for row in told["个人信息"]}
    assert (own["姓名"], own["证件号码"], own["移动电话"]) == (AGENT.name, AGENT.id_number, AGENT.mobile)
    assert [(row["单位"], row["身份"], row["状态"]) for row in told["授权"]] == [(UNIT.name, "经办人", "有效")]
    assert {row["操作"] for row in told["安全记录"]} >= {"登录", "进入系统", "申请导出个人数据"}
    assert len(told["登录"]) == 1
    assert told["通知"]
    everything = "".join(files.values())
    assert not [one for one in (BOSS.name, BOSS.id_number, BOSS.mobile, WHO.mobile) if one in everything]


@pytest.mark.req("R-2.6.4.1")
async def test_it_holds_where_results_were_sent_and_the_parcels(boss, mine):
    await serve(shipped(INJURY))
    alone = replace(mine, unit_id="", grant_id="", role=None, scope=Scope.of((), ()), personal=True)
    own = await a_case(alone, house_id=None, review_unit_id=None)
    units = await a_case(boss, first=2)
    assert isinstance(await choose(alone, own, typed=where()), CaseDelivery)
    assert isinstance(await choose(boss, units, (await address(boss, 2)).id), CaseDelivery)
    await shipment_of(await send_in(alone, own))
    await shipment_of(await send_in(boss, units, parcel(OTHER)))

    async def told(person_id: str) -> dict[str, list[dict[str, str]]]:
        async with db.reading() as session:
            sections = [await read(session, person_id) for read in READERS]
        return {one.title: [dict(zip(one.columns, row, strict=True)) for row in one.rows] for one in sections}

    (mine_kept,) = (hers := await told(mine.person_id))["结果寄送地址"]
    assert (mine_kept["收件人"], mine_kept["移动电话"]) == (WHO.name, WHO.mobile)
    assert mine_kept["收件地址"].endswith("昆山市前进东路1号政务服务中心")
    assert [(one["用途"], one["快递公司"], one["快递单号"]) for one in hers["快递"]] == [("邮寄材料", "EMS", NUMBER)]
    (units_kept,) = (his := await told(boss.person_id))["结果寄送地址"]
    assert (units_kept["收件人"], units_kept["移动电话"]) == (mask_name(WHO.name), "1*******" + WHO.mobile[-2:])
    assert units_kept["收件地址"].endswith("昆山市")
    assert [one["快递单号"] for one in his["快递"]] == [OTHER]


# Asking, making, fetching


async def test_from_asking_to_fetching_once(mine, time):
    assert (await seen(mine)).state == ""
    made = await ask(mine)
    assert ((await seen(mine)).state, (await seen(mine)).href) == ("WAITING", "")
    assert await fetch(mine, made.id) is None
    assert await make_exports() == 1
    await warm_up()
    with statements() as asked:
        view = await seen(mine)
    assert len(asked) == 1
    assert (view.state, view.progress, view.href) == ("READY", 100, f"/exports/{made.id}")
    (told,) = [one for one in await rows(Notice) if "个人数据" in one.title]
    assert (told.person_id, told.href, told.title) == (mine.person_id, "/my/settings/data", "您的个人数据已生成")
    stored = await everything_stored()
    assert not [secret for secret in (AGENT.name, AGENT.id_number, AGENT.mobile) if secret in stored]
    outcomes = await at_once(*[fetch(mine, made.id) for _ in range(20)])
    assert sum(one is not None for one in outcomes) == 1
    assert ((await seen(mine)).state, (await the_export()).content_cipher) == ("FETCHED", None)
    assert len(await audited("account.export")) == len(await audited("account.export_fetch")) == 1


async def test_fifty_requests_are_one_export(mine):
    outcomes = await at_once(*[ask(mine) for _ in range(50)])
    assert len({one.id for one in outcomes}) == 1
    assert await make_exports() == 1
    assert (await ask(mine)).id == outcomes[0].id, "what waits to be fetched is fetched first"
    assert await make_exports() == 0


async def test_three_a_day(mine, time):
    for _ in range(3):
        made = await ask(mine)
        assert await make_exports() == 1
        assert await fetch(mine, made.id)
    assert "已达上限" in (await ask(mine)).sentence
    time.pass_by(hours=24, minutes=1)
    assert isinstance(await ask(mine), DataExport)


async def test_a_file_that_nobody_fetches_is_over_after_a_day_and_cleared_away(mine, time):
    made = await ask(mine)
    await make_exports()
    time.pass_by(hours=LIFE.total_seconds() / 3600, seconds=1)
    assert ((await seen(mine)).state, (await seen(mine)).words) == ("OVER", "已过期")
    assert await fetch(mine, made.id) is None
    await clear_away()
    assert await rows(DataExport) == []


# Who


async def test_only_who_proved_the_personal_password(world, unit, school, agent, mine):
    by_unit = await entered(world, BOSS, PASSWORD, UNIT.uscc)
    hers = await who(await with_own_password(world, school, HER))
    for actor in (visitor(), by_unit, hers):
        assert await seen(actor) is None
        assert why(await ask(actor)) == "not_here"
    assert await rows(DataExport) == []


async def test_nobody_fetches_another_s(world, mine, school):
    made = await ask(mine)
    await make_exports()
    hers = await entered(world, HER, OTHER_PASSWORD, "", "hers")
    assert await fetch(hers, made.id) is None
    assert await fetch(visitor(), made.id) is None
    assert await fetch(mine, "0" * 32) is None
    assert await fetch(mine, made.id)


# Workers


async def test_two_workers_make_it_once(mine):
    await ask(mine)
    assert sorted(await at_once(make_exports(), make_exports(), make_exports())) == [0, 0, 1]
    assert len([one for one in await rows(Notice) if "个人数据" in one.title]) == 1


async def killed(monkeypatch) -> None:
    """Let a worker die in the middle of an export."""

    async def dies(*_: object) -> Section:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(data_export, "READERS", (data_export.READERS[0], dies))
        with pytest.raises(RuntimeError, match="killed"):
            await make_exports()


async def test_what_a_killed_worker_began_another_makes_again(mine, time, monkeypatch):
    made = await ask(mine)
    await killed(monkeypatch)
    assert ((await the_export()).state, (await the_export()).progress) == ("WORKING", 45)
    assert await make_exports() == 0, "somebody is still at it, as far as anybody knows"
    time.pass_by(seconds=LEASE.total_seconds() + 1)
    assert await make_exports() == 1
    assert await fetch(mine, made.id)


async def test_a_worker_that_comes_back_late_changes_nothing(mine, time):
    made = await ask(mine)
    claimed = await data_export._claim()
    assert claimed is not None
    time.pass_by(seconds=LEASE.total_seconds() + 1)
    assert await make_exports() == 1
    assert await data_export._make(*claimed) == 0
    assert (await the_export()).state == ExportState.READY
    assert await fetch(mine, made.id)


async def test_after_three_workers_it_is_given_up_and_told(mine, time, monkeypatch):
    await ask(mine)
    for _ in range(MOST_TRIES):
        await killed(monkeypatch)
        time.pass_by(seconds=LEASE.total_seconds() + 1)
    assert await make_exports() == 0
    assert (await seen(mine)).state == "FAILED"
    assert [one.title for one in await rows(Notice) if "个人数据" in one.title] == ["您的个人数据未能生成"]
    assert await make_exports() == 0
    async with db.unit_of_work() as session:
        await session.execute(update(DataExport).where(col(DataExport.tries) > 0).values(tries=9))
    assert isinstance(await ask(mine), DataExport), "asked for anew"
