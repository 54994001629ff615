"""快递 of a case: companies and numbers, where a parcel is, and who may send what when (R-2.6.4).

A parcel is told of in reports, which come late, twice, out of order, or forged. Whatever is told is judged by when it
happened: a report moves a parcel on only if it knows something newer, and what has come to its end stays there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from jsrs_portal.domain.cases import AT_DESK, EDITABLE, CaseStatus
from jsrs_portal.domain.matter_workflow import Courier, Direction
from jsrs_portal.domain.refusal import Refusal

ASK_EVERY = timedelta(minutes=30)
"""A number that is asked about more often is locked by kuaidi100."""
AHEAD = timedelta(hours=1)
"""So far a courier's clock may be ahead of ours; what lies further ahead has not happened."""
BEFORE = timedelta(days=60)
"""What happened so long before a number was registered happened to another parcel: companies give numbers again."""
GIVEN_UP = timedelta(days=60)
"""A parcel of which nothing was heard for so long is asked about no more (kuaidi100: 60 天无变化)."""
MOST_EVENTS = 200
"""More reports of one parcel than any way has."""
MOST_PARCELS = 10
"""So many parcels one case may have each way."""
NUMBER_LONGEST = 32
_NUMBER = re.compile(r"[0-9A-Z]{6,32}", re.ASCII)
_GAPS = re.compile(r"[\s-]+")
_TAIL = re.compile(r"[0-9]{4}", re.ASCII)


class ShipmentState(StrEnum):
    """Where a parcel is."""

    ORDERED = "ORDERED"
    COLLECTED = "COLLECTED"
    MOVING = "MOVING"
    DELIVERING = "DELIVERING"
    WAITING = "WAITING"
    TROUBLE = "TROUBLE"
    REFUSED = "REFUSED"
    RETURNING = "RETURNING"
    SIGNED = "SIGNED"
    RETURNED = "RETURNED"
    CANCELLED = "CANCELLED"


_S = ShipmentState
STATE_LABELS = {
    _S.ORDERED: "待揽收",
    _S.COLLECTED: "已揽收",
    _S.MOVING: "运输中",
    _S.DELIVERING: "派送中",
    _S.WAITING: "待取件",
    _S.TROUBLE: "派送异常",
    _S.REFUSED: "已拒收",
    _S.RETURNING: "退回中",
    _S.SIGNED: "已签收",
    _S.RETURNED: "已退回",
    _S.CANCELLED: "已取消",
}
TONES = {
    _S.ORDERED: "neutral",
    _S.COLLECTED: "info",
    _S.MOVING: "info",
    _S.DELIVERING: "info",
    _S.WAITING: "warn",
    _S.TROUBLE: "warn",
    _S.REFUSED: "bad",
    _S.RETURNING: "bad",
    _S.SIGNED: "ok",
    _S.RETURNED: "bad",
    _S.CANCELLED: "neutral",
}
"""How a state looks on its badge; the word says it."""
FINAL = frozenset({_S.SIGNED, _S.RETURNED, _S.CANCELLED})
"""Nothing comes after these."""
TOLD = frozenset({_S.WAITING, _S.TROUBLE, _S.REFUSED, _S.RETURNED, _S.SIGNED})
"""What people are told of by themselves: where they have to do something, and the end."""
_RANK = {state: rank for rank, state in enumerate(_S)}


@dataclass(frozen=True)
class Company:
    """A courier company: its code at kuaidi100, its name, whether it asks for the last digits of a phone."""

    code: str
    name: str
    phone: bool = False


COMPANIES = (
    Company("ems", "EMS"),
    Company("shunfeng", "顺丰速运", phone=True),
    Company("youzhengguonei", "邮政快递包裹"),
    Company("zhongtong", "中通快递", phone=True),
    Company("yuantong", "圆通速递"),
    Company("yunda", "韵达快递"),
    Company("shentong", "申通快递"),
    Company("jd", "京东物流"),
    Company("jtexpress", "极兔速递"),
    Company("debangkuaidi", "德邦快递"),
)
COMPANY = {one.code: one for one in COMPANIES}
SF = "shunfeng"


def company_name(code: str) -> str:
    """Return what a company is called; what is unknown by its code."""
    known = COMPANY.get(code)
    return known.name if known else code


def plain_number(text: str) -> str:
    """Return a number as it is kept: without gaps and hyphens, in capitals."""
    return _GAPS.sub("", text).upper()


def searched_number(text: str) -> str:
    """Return the beginning of a number that is looked for; empty for nothing that could be one."""
    plain = plain_number(text[: 2 * NUMBER_LONGEST])
    return plain if re.fullmatch(r"[0-9A-Z]{1,32}", plain, re.ASCII) else ""


@dataclass(frozen=True, kw_only=True)
class ParcelTyped:
    """A company's code, the number on the form of the courier, and the last four digits of a phone if it asks."""

    company: str
    number: str
    phone: str = ""


def check_parcel(typed: ParcelTyped) -> list[Refusal]:
    """Return what is wrong with a company and a number as typed."""
    refused: list[Refusal] = []
    company = COMPANY.get(typed.company)
    if company is None:
        refused.append(Refusal("请选择快递公司。", "company"))
    if not _NUMBER.fullmatch(plain_number(typed.number)):
        refused.append(Refusal("请填写快递单号（6至32位数字或字母），见快递面单。", "number"))
    phone = typed.phone.strip()
    if company is not None and company.phone and not phone:
        refused.append(Refusal(f"查询{company.name}的物流信息需要收件人或寄件人手机号的后四位，请填写。", "phone"))
    elif phone and not _TAIL.fullmatch(phone):
        refused.append(Refusal("请填写手机号的后四位数字。", "phone"))
    return refused


# Where it is


@dataclass(frozen=True)
class Report:
    """What happened with a parcel: when, in the courier's words, and where that puts it if the courier says so."""

    at: datetime
    text: str
    state: ShipmentState | None = None


@dataclass(frozen=True)
class Tracking:
    """What a courier knows of a parcel: its reports in any order, and where it is now; ``None`` if it does not say.

    ``since`` is when it got there, where that is read from a report and newer ones say nothing of it.
    """

    state: ShipmentState | None
    reports: tuple[Report, ...] = ()
    since: datetime | None = None

    @property
    def at(self) -> datetime | None:
        """When the newest report happened; ``None`` without any."""
        return max((one.at for one in self.reports), default=None)

    def believable(self, now: datetime, registered: datetime) -> "Tracking":
        """Return what of it can have happened ``now`` to what was ``registered`` then, at most so much as a way has.

        What it says of now is about its newest report, or of ``since``: with that one gone it says nothing.
        """
        first, last = registered - BEFORE, now + AHEAD
        sure = sorted((one for one in self.reports if first <= one.at <= last), key=lambda one: one.at)
        newest = sure[-1].at if sure else None
        told = first <= self.since <= last if self.since else newest == self.at
        return Tracking(self.state if told else None, tuple(sure[-MOST_EVENTS:]), self.since if told else None)


@dataclass(frozen=True)
class Place:
    """Where a parcel is, and when the newest thing we know of it happened."""

    state: ShipmentState = ShipmentState.ORDERED
    at: datetime | None = None


def after(known: Place, told: Tracking) -> Place:
    """Return where a parcel is after ``told``: further on for newer news, where it was for older or the same.

    News without a time, and of the same moment, can only lead forward. Nothing leads away from an end.
    """
    newest = max((one for one in (known.at, told.at) if one is not None), default=None)
    if told.state is None or known.state in FINAL:
        return Place(known.state, newest)
    since = told.since or told.at
    newer = since is not None and (known.at is None or since > known.at)
    older = since is not None and known.at is not None and since < known.at
    forward = _RANK[told.state] > _RANK[known.state]
    return Place(told.state if newer or (forward and not older) else known.state, newest)


# Who may do what


NOT_OFFERED = Refusal("该事项不提供快递服务。", code="not_offered")
TOO_LATE = Refusal("办理结果已经寄出或办件已经结束，寄送方式不能再改。", code="too_late")
NOT_DECIDED = Refusal("该办件尚未办结，办结后才能寄送结果。", code="not_decided")
RESULT_WITHDRAWN = Refusal("该办件的结果文书已撤回，不能再寄送。", code="withdrawn")
NO_ADDRESS = Refusal("申请人没有选择结果寄送，请按其他方式送达。", code="no_address")
NOT_IN_PROCESS = Refusal("办件在办理部门办理期间才能邮寄材料。", code="not_in_process")
TOO_MANY = Refusal(f"每个办件最多登记 {MOST_PARCELS} 个快递单号。", code="too_many")
ELSEWHERE = Refusal("该快递单号已登记在其他单位或个人的办件中，请核对后重新填写。", "number", "elsewhere")
TWICE = Refusal("该快递单号已经登记在本办件中。", "number", "twice")
UNDER_WAY = Refusal("该快递已经寄出，不能删除登记。", code="under_way")
_DECIDED = frozenset({CaseStatus.COMPLETED, CaseStatus.REJECTED, CaseStatus.NOT_ACCEPTED})
_ENDED_WITHOUT = frozenset({CaseStatus.TRANSFERRED, CaseStatus.UNIT_REJECTED, CaseStatus.WITHDRAWN, CaseStatus.LAPSED})


def offers(courier: Courier | None, direction: Direction) -> bool:
    """Tell whether a matter's file lets something travel this way."""
    return courier is not None and direction in courier.directions


def why_not_choose(courier: Courier | None, status: CaseStatus, *, sent: bool) -> Refusal | None:
    """Return why the applicant may not say (any more) where the result is to be sent; ``None`` when they may.

    From the first draft on until it is under way: also between the decision and the courier.
    """
    if not offers(courier, Direction.RESULT):
        return NOT_OFFERED
    return TOO_LATE if sent or status in _ENDED_WITHOUT else None


def why_not_send_result(
    courier: Courier | None, status: CaseStatus, *, wished: bool, withdrawn: bool = False, already: int = 0
) -> Refusal | None:
    """Return why the bureau may not send the result now; ``None`` when it may: a decision that still counts."""
    if not offers(courier, Direction.RESULT):
        return NOT_OFFERED
    if status not in _DECIDED:
        return NOT_DECIDED
    if withdrawn:
        return RESULT_WITHDRAWN
    if not wished:
        return NO_ADDRESS
    return TOO_MANY if already >= MOST_PARCELS else None


def why_not_send_materials(courier: Courier | None, status: CaseStatus, *, already: int = 0) -> Refusal | None:
    """Return why the applicant may not send materials in now; ``None`` when they may: while the bureau has the case."""
    if not offers(courier, Direction.MATERIALS):
        return NOT_OFFERED
    if status not in (*AT_DESK, CaseStatus.CORRECTION):
        return NOT_IN_PROCESS
    return TOO_MANY if already >= MOST_PARCELS else None


def being_filled_in(status: CaseStatus) -> bool:
    """Tell whether a case is on the applicant's table."""
    return status in EDITABLE


# Words


DIRECTION_LABELS = {Direction.RESULT: "寄送结果", Direction.MATERIALS: "邮寄材料"}
_SAID = {
    _S.WAITING: ("{what}待取件", "已到达代收点或快递柜，请及时领取。"),
    _S.TROUBLE: ("{what}派送异常", "派送遇到问题，请留意快递员的电话。"),
    _S.REFUSED: ("{what}被拒收", "被拒收，将退回寄件人。"),
    _S.RETURNED: ("{what}已退回", "已退回寄件人，请与办理部门联系。"),
    _S.SIGNED: ("{what}已签收", "已签收。"),
}


def news_words(direction: Direction, state: ShipmentState) -> tuple[str, str] | None:
    """Return title and text of what people are told when a parcel has come to ``state``; ``None`` for nothing.

    Of the materials whoever sent them hears that they have arrived, or come back.
    """
    if state not in TOLD or (direction is Direction.MATERIALS and state in (_S.WAITING, _S.TROUBLE)):
        return None
    title, text = _SAID[state]
    what = "办理结果" if direction is Direction.RESULT else "邮寄的材料"
    return title.format(what=what), f"{what}{text}"


def milestone_words(direction: Direction, state: ShipmentState) -> str:
    """Return how a case's timeline calls it that a parcel has come to ``state``; empty for what is no milestone."""
    if state not in FINAL | TOLD:
        return ""
    what = "办理结果" if direction is Direction.RESULT else "邮寄的材料"
    return f"{what}{STATE_LABELS[state]}"


def newest_first(reports: Iterable[Report]) -> list[Report]:
    """Return reports as they are shown."""
    return sorted(reports, key=lambda one: one.at, reverse=True)
