"""The check-up of a CA's key: what can be wrong between a computer and a login, each with what to do (R-2.4.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from jsrs_portal.domain.certificates import SENTENCES, CertificateProblem
from jsrs_portal.domain.dates import in_words
from jsrs_portal.zone import BEIJING

SOON = timedelta(days=30)
"""A certificate that ends within this time is worth a word."""
MOST_CERTIFICATES = 8
"""So many are looked at; a token has one or two."""

Tone = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, and what to do."""

    tone: Tone
    title: str
    sentence: str
    href: str = ""
    link: str = ""


def _bad(title: str, sentence: str, href: str = "", link: str = "") -> Finding:
    return Finding("bad", title, sentence, href, link)


@dataclass(frozen=True)
class Examined:
    """What is said of a key: whose it is as the driver says, the rest as the server reads, and the findings.

    ``unit`` is the unit here that the certificate would log in for.
    """

    name: str
    until: str
    uscc: str
    unit: str
    issuer: str
    serial: str
    findings: list[Finding]


DRIVER_WORKS = Finding("ok", "驱动正在运行", "本页已与驱动建立联系，版本符合要求。")
KEY_IS_THERE = Finding("ok", "已检测到 USB Key", "可以读取其中的证书。")
DRIVER: Mapping[str, Finding] = {
    "absent": _bad(
        "没有检测到驱动",
        "请按上面的步骤安装并启动驱动；已经启动的，请核对端口。浏览器询问是否允许访问本机或本地网络时，请选择「允许」。",
    ),
    "old": _bad("驱动版本过低", "请下载并安装本页提供的新版本，关闭旧版本后重新启动。"),
    "no_key": _bad("没有检测到 USB Key", "请插入 USB Key；已经插入的，请重新插拔，并确认已安装 USB Key 厂商的程序。"),
    "refused": _bad(
        "驱动不允许本网站使用",
        "驱动正在运行，但没有把本网站列入允许范围。请从本页重新下载驱动，或核对启动时填写的网站地址。",
    ),
    "failed": _bad("驱动没有正常应答", "请重新插拔 USB Key 并重新启动驱动；仍不能解决的，请查看驱动窗口中的提示。"),
}
"""By what the page says of the driver (``components/ca_driver.py``)."""

_ASK_THE_CA = "请联系颁发该证书的 CA 机构"
PIN_LOCKED = _bad("PIN 码已锁定", f"PIN 码输错次数过多，USB Key 已锁定。{_ASK_THE_CA}解锁，请勿自行初始化。")
ENCRYPTION_ONLY = _bad("只有加密证书", f"这个 USB Key 里没有签名证书，不能登录。{_ASK_THE_CA}补发签名证书。")
GOOD = Finding(
    "ok", "证书可以用于登录", "证书有效，单位已在本大厅注册。请返回登录页，选择「CA」登录。", "/login", "去登录"
)
UNREGISTERED = Finding(
    "warn",
    "证书所属单位尚未注册",
    "证书有效，但本大厅没有这个统一社会信用代码的单位。请确认插入的是本单位的 USB Key；确是本单位的，请先注册。",
    "/register/unit",
    "注册单位",
)
TOO_MANY = Finding(
    "warn",
    f"证书较多，只检测了前 {MOST_CERTIFICATES} 个",
    "没有列出的证书，请拔下其他 USB Key 后再点击「检测」。",
)
NOT_FOR_SIGNING = (
    "这个证书不是签名证书（可能是加密证书），不能用于登录；同一 USB Key 中有签名证书的，登录时请选择签名证书。"
)
"""Nothing is chosen in a check-up, as it is in a login."""
TITLES: Mapping[CertificateProblem, str] = {
    CertificateProblem.UNREADABLE: "证书无法读取",
    CertificateProblem.KEY: "证书的密钥类型不受支持",
    CertificateProblem.WEAK_KEY: "证书的密钥过短",
    CertificateProblem.SHA1: "证书使用了不安全的算法",
    CertificateProblem.USAGE: "不是签名证书",
    CertificateProblem.SELF_SIGNED: "证书不是 CA 机构颁发的",
    CertificateProblem.ISSUER: "不支持该 CA 机构的证书",
    CertificateProblem.CHAIN: "证书未通过颁发机构的验证",
    CertificateProblem.EXPIRED: "证书已过期",
    CertificateProblem.NOT_YET: "证书尚未生效",
    CertificateProblem.REVOKED: "证书已被吊销",
    CertificateProblem.NO_CRL: "暂时无法核实证书是否被吊销",
    CertificateProblem.STALE_CRL: "暂时无法核实证书是否被吊销",
    CertificateProblem.NO_UNIT: "证书中没有单位的统一社会信用代码",
    CertificateProblem.CLOSED: "CA 登录尚未开通",
}
"""What is wrong, in few words; what to do says ``domain.certificates.SENTENCES``."""


def expiring(not_after: datetime) -> Finding:
    """Return what is said of a certificate that ends soon."""
    day = in_words(not_after.astimezone(BEIJING).date())
    return Finding("warn", f"证书将于{day}到期", f"到期后不能登录。{_ASK_THE_CA}提前办理续期。")


def findings(
    *,
    problem: CertificateProblem | None,
    only_encrypts: bool,
    not_after: datetime | None,
    registered: bool,
    tries_left: int,
    now: datetime,
) -> list[Finding]:
    """Return everything there is to say of one key: ``problem`` is the judgement over its certificate.

    A key that ``only_encrypts`` has no certificate for signatures. A locked PIN is said besides whatever there is, an
    end that is near only of a certificate that is good.
    """
    found = [PIN_LOCKED] if tries_left == 0 else []
    if only_encrypts:
        return [*found, ENCRYPTION_ONLY]
    if problem is not None:
        sentence = NOT_FOR_SIGNING if problem is CertificateProblem.USAGE else SENTENCES[problem]
        return [*found, _bad(TITLES.get(problem, "证书不能用于登录"), sentence)]
    if not_after is not None and not_after - now <= SOON:
        found.append(expiring(not_after))
    if not registered:
        return [*found, UNREGISTERED]
    return found if PIN_LOCKED in found else [*found, GOOD]
