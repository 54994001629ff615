"""收件地址: how many a unit may have, and what one must say (R-2.6.8.4)."""

from dataclasses import dataclass

from jsrs_portal.domain.identifiers import CONTACT_LABEL, check_mobile
from jsrs_portal.domain.refusal import Refusal

MOST = 10
_NAME, _DETAIL = (2, 50), (4, 120)
FULL = f"收件地址最多{MOST}个，请先删除不再使用的地址。"
GONE = "没有这个收件地址，它可能已被删除，请刷新后再看。"
STALE = "该地址刚刚被他人修改。请关闭本窗口，核对最新内容后再操作。"
NOT_YOURS = "收件地址由法定代表人和管理员维护，您只能查看和选用。"


@dataclass(frozen=True, kw_only=True)
class AddressTyped:
    """An address as typed; ``province``, ``city`` and ``county`` are codes of three dependent lists."""

    name: str
    mobile: str
    province: str
    city: str
    county: str
    detail: str
    is_default: bool = False


def room_words(count: int) -> str:
    """Return the manual's hint about how many there are and may be."""
    return f"温馨提示：最多{MOST}个、当前已设置 {count} 个，还可以增加 {max(0, MOST - count)} 个"


def check_address(typed: AddressTyped) -> list[Refusal]:
    """Return what is wrong with recipient, phone and street; the division is judged by the divisions themselves."""
    refused: list[Refusal] = []
    if not _NAME[0] <= len(typed.name.strip()) <= _NAME[1]:
        refused.append(Refusal("请填写收件人姓名（2至50个字）。", "name"))
    checked = check_mobile(typed.mobile, label=CONTACT_LABEL)
    if checked.problem:
        refused.append(Refusal(checked.sentence, "mobile"))
    if not _DETAIL[0] <= len(" ".join(typed.detail.split())) <= _DETAIL[1]:
        refused.append(Refusal("请填写详细地址（4至120个字），如街道、门牌号、楼栋房间号。", "detail"))
    return refused
