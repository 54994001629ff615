"""Logging in by a certificate: what is asked of one, where its unit stands, and what is said when it will not do.

The sources are GM/T 0015, GM/T 0010 and what the CAs' certificates look like (R-2.4.2). Where a CA writes the
统一社会信用代码 is its own matter, so each has an ordered list of OIDs.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from jsrs_portal.domain.identifiers import check_uscc, normalise

CHALLENGE_LIFE = timedelta(seconds=120)
PURPOSE = "JSRS-CA-LOGIN"
"""Every text to be signed begins with it, so that no other signature of the key can be used here, and ours nowhere."""
LEAST_RSA_BITS = 2048
CLOCK_SKEW = timedelta(minutes=5)
"""A CA's clock may be ahead of ours by so much."""

USCC_OIDS = (
    "1.2.156.10260.4.1.4",
    "1.2.86.21.1.1",
    "1.2.86.11.7.4",
    "1.2.156.1.8888.148",
    "1.2.156.10260.4.1.3",
    "1.2.156.10260.4.1.5",
)
"""Where the 统一社会信用代码 stands if the configuration of a CA says nothing else: GM/T 0015, 江苏CA, BJCA, SHECA, and
no field of the subject: servers' and persons' certificates name a unit there as well."""

PERSON_OID = "1.2.156.10260.4.1.1"
"""个人身份标识码: whose certificate has it is a person's, whatever unit it names as well (GM/T 0015)."""
CLIENT_USES = frozenset({"client_auth", "email_protection", "any_extended_key_usage"})
"""Extended usages with one of which a certificate may log in, if it has any at all: a server's key does not."""


class CertificateProblem(StrEnum):
    """Why a certificate lets nobody in."""

    CHALLENGE = "challenge"
    UNREADABLE = "unreadable"
    KEY = "key"
    WEAK_KEY = "weak_key"
    SHA1 = "sha1"
    SIGNATURE = "signature"
    USAGE = "usage"
    SELF_SIGNED = "self_signed"
    ISSUER = "issuer"
    CHAIN = "chain"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    REVOKED = "revoked"
    NO_CRL = "no_crl"
    STALE_CRL = "stale_crl"
    NO_UNIT = "no_unit"
    CLOSED = "closed"


SENTENCES = {
    CertificateProblem.CHALLENGE: "本次CA登录已超时或已使用过，请重新点击「登录」。",
    CertificateProblem.UNREADABLE: "无法读取证书，请更新驱动后重试；仍不能读取的，请联系发证的CA机构。",
    CertificateProblem.KEY: "证书的密钥类型不受支持，请使用RSA或国密SM2证书，并联系发证的CA机构换发。",
    CertificateProblem.WEAK_KEY: "证书的密钥过短（RSA不足2048位），已不安全，请联系发证的CA机构换发。",
    CertificateProblem.SHA1: "证书或签名使用了已不安全的SHA-1算法，请更新驱动；仍不能登录的，请联系CA机构换发证书。",
    CertificateProblem.SIGNATURE: "签名与证书不符，请确认USB Key未被更换后重新登录；多次失败的，请更新驱动。",
    CertificateProblem.USAGE: "选择的不是签名证书（可能是加密证书），请改选签名证书后登录。",
    CertificateProblem.SELF_SIGNED: "该证书是自行签发的，不能用于登录，请使用CA机构发放的证书。",
    CertificateProblem.ISSUER: "本大厅不支持该CA机构发放的证书，请使用本大厅支持的CA证书，或换一种方式登录。",
    CertificateProblem.CHAIN: "证书未通过发证机构的验证，请联系发证的CA机构核实该证书。",
    CertificateProblem.EXPIRED: "证书已过期，请联系发证的CA机构办理更新后再登录。",
    CertificateProblem.NOT_YET: "证书尚未生效，请在证书的生效日期之后登录，或联系发证的CA机构核实。",
    CertificateProblem.REVOKED: "证书已被吊销，不能登录，请联系发证的CA机构重新办理。",
    CertificateProblem.NO_CRL: "暂时无法核实证书是否已被吊销，请稍后再试，或换一种方式登录。",
    CertificateProblem.STALE_CRL: "发证机构的吊销列表已过期，暂时无法核实证书状态，请稍后再试，或换一种方式登录。",
    CertificateProblem.NO_UNIT: "证书中没有有效的统一社会信用代码，请使用单位证书，或联系发证的CA机构更正后换发。",
    CertificateProblem.CLOSED: "CA登录尚未开通，请换一种方式登录。",
}


DRIVER_SENTENCES: Mapping[str, str] = {
    "absent": "没有检测到CA驱动，请先启动驱动；还没有安装的，请先下载驱动。",
    "old": "CA驱动的版本过低，请下载并安装新版驱动后重试。",
    "no_key": "没有检测到 USB Key，请插入后重新点击「登录」。",
    "encryption_only": "USB Key 中没有签名证书，不能登录，请联系发证的CA机构补发。",
    "pin_wrong": "PIN码错误，请核对后重新点击「登录」。",
    "pin_locked": "PIN码已锁定，请联系发证的CA机构解锁。",
    "no_window": "驱动无法显示输入PIN码的窗口，请在有桌面的电脑上，或在命令行窗口中启动驱动，再重新点击「登录」。",
    "unanswered": "没有在规定时间内输入PIN码，驱动的窗口已关闭，需要登录时请重新点击「登录」。",
    "cancelled": "您已取消输入PIN码，需要登录时请重新点击「登录」。",
    "refused": "驱动没有允许本网站使用证书，请从本大厅重新下载驱动，或核对驱动中的网站地址。",
    "failed": "驱动没有完成操作，请重新插拔 USB Key 后再试；仍不能登录的，请检查驱动和证书。",
}
"""What the driver on the person's computer could not do (``components/ca_driver.py``), by its word for it."""


@dataclass(frozen=True, kw_only=True)
class IssuerPolicy:
    """What is agreed with one CA: where its certificates name the unit, and whether SHA-1 is still taken from it."""

    name: str
    uscc_oids: tuple[str, ...] = USCC_OIDS
    allow_sha1: bool = False


def challenge_text(*, host: str, challenge_id: str, secret: str, at: str) -> str:
    """Return the text to be signed: what for, for which site, for which try, and when."""
    return "|".join((PURPOSE, host, challenge_id, secret, at))


_STRINGS = {0x0C: "utf-8", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be"}
"""UTF8String, PrintableString, TeletexString, IA5String, VisibleString, BMPString by their tag."""
_OCTETS = 0x04
_IMPLICIT = range(0x80, 0x9F)
_EXPLICIT = range(0xA0, 0xBF)
_SEQUENCES = (0x30, 0x31)
_DEEPEST = 4


def read_value(raw: bytes, depth: int = 0) -> str:
    """Return the text in the value of an extension, however the CA wrote it; empty if there is none.

    In order: a DER string; a context tag around one or instead of its tag (GM/T 0015); an octet string around any of
    these; else bare text without DER, as 江苏CA writes it.
    """
    inner = _only_element(raw) if depth < _DEEPEST else None
    if inner is not None:
        tag, content = inner
        if tag in _STRINGS:
            return _text(content, _STRINGS[tag])
        if tag == _OCTETS or tag in _EXPLICIT or tag in _SEQUENCES:
            return read_value(content, depth + 1)
        if tag in _IMPLICIT:
            return _text(content, "utf-8")
    return _text(raw, "utf-8")


def _only_element(raw: bytes) -> tuple[int, bytes] | None:
    """Return tag and content if ``raw`` is exactly one DER element."""
    if len(raw) < 2:
        return None
    length, start = raw[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 3 or len(raw) < 2 + count:
            return None
        length, start = int.from_bytes(raw[2 : 2 + count], "big"), 2 + count
    return (raw[0], raw[start:]) if len(raw) == start + length else None


def _text(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() else ""


_UNIQUE_ID = re.compile(r"\d@\d{4}(?!SF)[A-Z]{2}\d(.+)")
"""证书实体唯一标识 of 江苏CA and of BJCA's kind: version, CA, kind of document, check, number."""
_PREFIXED = re.compile(r"(?:NTRCN-|USCC[:：]?|统一社会信用代码[:：]?)(.+)", re.IGNORECASE)


def uscc_in(text: str) -> str | None:
    """Return the valid 统一社会信用代码 that ``text`` is or carries, ``None`` when it is none."""
    for pattern in (_UNIQUE_ID, _PREFIXED):
        found = pattern.fullmatch(text.strip())
        text = found[1] if found else text
    if len(normalise(text)) != 18:
        return None
    return check_uscc(text).value


def common_name(values: Mapping[str, Iterable[bytes]]) -> str:
    """Return the subject's CN, empty where there is none that could be a unit's name."""
    names = [read_value(raw).strip() for raw in values.get("2.5.4.3", ())]
    usable = (name for name in names if 2 <= len(name) <= 100 and name.isprintable() and not uscc_in(name))
    return next(usable, "")


def find_uscc(values: Mapping[str, Iterable[bytes]], policy: IssuerPolicy) -> str | None:
    """Return the unit of a certificate: the first valid code under the OIDs of ``policy``, in their order.

    ``values`` are the raw values of its extensions and of its subject's attributes, by OID.
    """
    for oid in policy.uscc_oids:
        for raw in values.get(oid, ()):
            found = uscc_in(read_value(raw))
            if found:
                return found
    return None
