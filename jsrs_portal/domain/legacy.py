"""地市历史用户升级: the old systems as data, the wizard's steps, and how long a checked password counts (R-2.3)."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from jsrs_portal.domain.identifiers import normalise
from jsrs_portal.domain.legacy_passwords import HashScheme
from jsrs_portal.domain.wizards import Answers, Step, WizardSpec

LEGACY_UPGRADE = WizardSpec(
    key="legacy-upgrade",
    title="地市历史用户升级",
    steps=(
        Step("system", "选择历史系统", invalidates=("account",)),
        Step("account", "校验历史账户", requires=("system",), invalidates=("legal",)),
        Step("legal", "确认法人信息", requires=("system", "account")),
        Step("admin", "设置管理员", requires=("system", "account", "legal")),
        Step("done", "完成升级", requires=("system", "account", "legal", "admin")),
    ),
)
"""R-2.3.1: which system, the proof that its password is known, whose unit it is, who will administer it."""

PROOF_LIFE = timedelta(minutes=30)
"""So long a checked legacy password counts; only the instant is kept, never the password (R-2.3.7)."""

Adapter = Literal["table", "signed"]


class LegacySystem(BaseModel):
    """One old system: its card, what its user name is called, and how a password is checked (R-2.3.2).

    ``table`` systems were handed over as a file and say how it hashes (``hashes``); ``signed`` ones are asked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    name: str = Field(min_length=2, max_length=60)
    picture: str = Field(default="/legacy-system.svg", pattern=r"^/[a-z0-9-]+\.svg$")
    hint: str = Field(default="", max_length=100)
    adapter: Adapter
    hashes: HashScheme | None = None

    @model_validator(mode="after")
    def _whole(self) -> "LegacySystem":
        if (self.adapter == "table") != (self.hashes is not None):
            raise ValueError("hashes belong to systems with the adapter table, and to no others")
        return self


class LegacySystems(BaseModel):
    """All systems that can be upgraded from, in the order of their cards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    systems: tuple[LegacySystem, ...] = Field(max_length=30)

    @model_validator(mode="after")
    def _each_once(self) -> "LegacySystems":
        if len({one.key for one in self.systems}) != len(self.systems):
            raise ValueError("two systems have the same key")
        return self

    def find(self, key: str) -> LegacySystem | None:
        """Return the system with this key, if there is one."""
        return next((one for one in self.systems if one.key == key), None)


def username_key(system: str, username: str) -> str:
    """Return how a user name is told from others of its system: width, case and spaces do not count."""
    return f"{system}\x1f{normalise(username)}"


def proof_holds(account: Answers, now: datetime) -> bool:
    """Tell whether the password behind the answers of step 「校验历史账户」 was checked lately enough."""
    checked = account.get("verified_at", "")
    return bool(checked) and timedelta() <= now - datetime.fromisoformat(checked) <= PROOF_LIFE


WRONG = "原用户名或原密码不正确，请核对后重新输入。"
"""The same whichever is wrong, and whether or not there is such an account (R-2.3.7, R-2.4.7)."""
UPGRADED = "该历史账户的单位已经升级，请使用新单位编号登录；忘记密码的，请在登录页找回。"
REGISTERED = "该单位已在本大厅开通账户，请直接登录；忘记密码的，请在登录页找回。"
"""Both are said only to whoever knows the old password."""
ASK_NUMBER = "该账户下有多个单位，请填写要升级的单位编号。"
NO_NUMBER = "该账户下没有这个单位编号，请核对。"
AGED = "历史账户的校验已超过 30 分钟，请重新输入原用户名和原密码。"
NOT_IN_REGISTRY = (
    "企业登记库中没有查到该单位的统一社会信用代码，不能升级。历史系统中的代码有误的，请到当地人社服务窗口更正后再升级，"
    "或按营业执照办理单位注册。"
)
INACTIVE = "该单位在企业登记库中已注销或被吊销，不能升级。登记状态有误的，请先到登记机关更正。"
OTHER_NAME = (
    "历史系统中的单位名称与企业登记信息不一致，不能升级。单位已更名的，请按现在的营业执照办理单位注册；"
    "登记信息有误的，请先到登记机关更正。"
)
OTHER_REPRESENTATIVE = (
    "历史系统中的法定代表人与企业登记信息不一致，不能升级。法定代表人已变更的，请由现任法定代表人办理单位注册；"
    "登记信息有误的，请先到登记机关更正。"
)
NOT_THAT_PERSON = (
    "历史系统中法定代表人的姓名与证件号码未通过实名核验，不能升级。请到当地人社服务窗口更正后再升级，"
    "或由法定代表人本人办理单位注册。"
)
"""What is said of registers that know better (R-2.2.2): never what they know, always the way on."""
NO_ADMIN = (
    "管理员的证件类型、证件号码、姓名、移动电话须与其个人用户注册时完全一致；"
    "尚未注册的，请先完成个人用户注册，再回到本页继续。"
)
"""One sentence whichever does not match, so that nobody learns who is registered (R-2.3.5)."""
SAME_PERSON = "法定代表人不能同时担任管理员，请填写另一人；由法定代表人本人办理的，不必升级，可直接办理单位注册。"
