"""Getting a lost password back: whose it is, by what it is proven, and which passwords may not return (R-2.5)."""

from datetime import datetime, timedelta
from enum import StrEnum

from jsrs_portal.domain.identifiers import check_uscc, normalise
from jsrs_portal.domain.wizards import Answers, Step, WizardSpec

RECOVERY = WizardSpec(
    key="recovery",
    title="法人找回密码",
    steps=(
        Step("account", "填写账号", invalidates=("proof",)),
        Step("proof", "人脸识别", requires=("account",), invalidates=("password",), revisited=False),
        Step("password", "设置新密码", requires=("account", "proof")),
        Step("done", "完成修改", requires=("account", "proof", "password")),
    ),
    life=timedelta(hours=1),
)
"""The manual's four steps (R-2.5.1). What is typed serves nobody for longer than it takes to do them."""


class AccountKind(StrEnum):
    """Whose account it is; the values stand in addresses (``/recover?kind=person``)."""

    LEGAL_REP = "legal"
    STAFF = "agent"
    INSTITUTION = "institution"
    PERSON = "person"


KIND_LABELS = {
    AccountKind.LEGAL_REP: "法定代表人",
    AccountKind.STAFF: "管理员/经办人",
    AccountKind.INSTITUTION: "机构管理员",
    AccountKind.PERSON: "个人用户",
}


class ProofWay(StrEnum):
    """By what somebody shows that it is their account (R-2.5.3)."""

    FACE = "FACE"
    SMS = "SMS"


SMS_PROOF_LIFE = timedelta(minutes=10)
"""How long a code that was right may wait for the new password; a face check's is in :mod:`~.faces`."""

REMEMBERED = 5
"""So many last passwords may not come back, the present one among them (R-2.5.4)."""

MISMATCH = "填写的信息与已开通的账号不一致，或该账号目前不能使用，请核对后重新填写。"
"""Whatever does not match, and whether or not there is such an account."""
FACE_ONLY = "该账号首次认证须由本人刷脸，请选择「支付宝人脸识别」。"
"""The first proof of a legal representative whose grant is unproven is their face (the credentials section)."""
CHANGED = "该账号刚刚发生变化，请重新填写账号信息。"
PROOF_MISSING = "身份认证尚未通过或已失效，请重新完成认证。"
REUSED = f"新密码不能与最近使用过的{REMEMBERED}个密码相同，请换一个没有用过的密码。"
REUSED_HINT = f"也不能与最近使用过的{REMEMBERED}个密码相同。"

_UNIT_NUMBER_LENGTH = 12


def read_account(kind: AccountKind, typed: str) -> tuple[str, str]:
    """Return the account number of ``kind`` as it is kept, and what is wrong with it in Chinese (or nothing)."""
    number = normalise(typed)
    if kind is AccountKind.PERSON:
        return "", ""
    if kind is AccountKind.INSTITUTION:
        return number, "" if number else "请填写机构编号。"
    if kind is AccountKind.STAFF:
        if not number:
            return "", "请填写统一社会信用代码或单位编号。"
        if len(number) == _UNIT_NUMBER_LENGTH and number.isdigit():
            return number, ""
    checked = check_uscc(typed)
    return checked.value or "", checked.sentence


def sms_proof(now: datetime) -> Answers:
    """Return what the draft keeps of a code that was right at ``now``."""
    return {"way": ProofWay.SMS.value, "at": now.isoformat()}


def sms_proof_holds(proof: Answers, now: datetime) -> bool:
    """Tell whether the draft's proof is a code that was right not too long ago."""
    if proof.get("way") != ProofWay.SMS:
        return False
    return timedelta(0) <= now - datetime.fromisoformat(proof["at"]) <= SMS_PROOF_LIFE


def login_words(kind: AccountKind, name: str, *, personal: bool) -> str:
    """Return which login a new password is for; ``personal``: the unit ``name`` is entered by the personal one."""
    if kind is AccountKind.PERSON:
        return "新密码用于个人登录，以及您没有单独设置密码的单位。"
    if personal:
        return f"您登录「{name}」使用的是个人密码。新密码也用于个人登录，以及您没有单独设置密码的其他单位。"
    return f"新密码用于以您的身份登录「{name}」，您的其他登录密码不变。"
