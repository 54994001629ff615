"""How often something may happen: every limit of the portal in one table (R-2.4.7; protocol reference, SMS and 等保).

A limit counts for whatever its name says: an account and person together, a phone, a network source, a browser's
session, a document, or all of them. The providers' own limits are not exceeded, so that none of them has to refuse.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jsrs_portal.domain.addresses import site_of, source_of
from jsrs_portal.domain.refusal import Refusal

_MINUTE, _QUARTER, _HOUR, _DAY = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1))


@dataclass(frozen=True)
class Limit:
    """``most`` times in ``window``, which begins with the first time.

    With ``locks`` it limits failures: its window begins anew with each, and the last one allowed begins a lock. A lock
    lasts as long as ``locks`` says for the first, second, … time in ``remembered``; trying during it changes nothing.
    ``sentence`` may hold ``{minutes}``: how long is still to wait.
    """

    name: str
    most: int
    window: timedelta
    sentence: str
    field: str = ""
    code: str = "too_often"
    locks: tuple[timedelta, ...] = ()
    remembered: timedelta = _DAY

    def lock(self, strikes: int) -> timedelta:
        """Return how long the lock lasts that begins for the ``strikes``-th time (from 1)."""
        return self.locks[min(strikes, len(self.locks)) - 1]

    def refusal(self, again_at: datetime, now: datetime) -> Refusal:
        """Return what a person is told when the limit is used up until ``again_at``."""
        minutes = max(1, math.ceil((again_at - now) / _MINUTE))
        return Refusal(self.sentence.format(minutes=minutes), self.field, self.code)


SITE_FACTOR = 4


def by_source(limit: Limit, address: str) -> list[tuple[Limit, str]]:
    """Return what counts for the network of ``address``: its source, and for IPv6 its site, four times as much."""
    site = site_of(address)
    wide = replace(limit, name=f"{limit.name}-site", most=limit.most * SITE_FACTOR)
    return [(limit, source_of(address)), *([(wide, site)] if site else [])]


_GROWING = (_QUARTER, 2 * _QUARTER, _HOUR)

LOGIN_TYPED = Limit(
    "login",
    5,
    _QUARTER,
    "登录失败次数过多，该账号已暂时锁定，请 {minutes} 分钟后再试，或通过「忘记密码?」重新设置。",
    code="locked",
    locks=_GROWING,
)
"""Failed logins by what was typed, known or not: the lock that is shown."""
LOGIN_CREDENTIAL = Limit("login-credential", 5, _QUARTER, "", code="locked", locks=_GROWING)
"""Failed logins by the password they were compared with, whatever was typed: a silent lock."""
LOGIN_SOURCE = Limit(
    "login-source", 50, _QUARTER, "当前网络登录失败次数过多，请 {minutes} 分钟后再试。", code="throttled"
)
"""A whole office may sit behind one address; a guessing machine may too, and gets this many tries in 15 minutes."""
LOGIN_BROWSER = Limit(
    "login-browser", 20, _QUARTER, "当前浏览器登录失败次数过多，请 {minutes} 分钟后再试。", code="throttled"
)

OLD_PASSWORD = Limit(
    "old-password",
    5,
    _QUARTER,
    "原密码错误次数过多，请 {minutes} 分钟后再试，或退出后通过「忘记密码?」重新设置。",
    "old",
    code="locked",
    locks=_GROWING,
)
"""Wrong passwords where a known one is changed (R-2.6.8.3), by person and realm: a session left open is no key."""

OWN_PASSWORD = Limit("own-password", 20, _HOUR, "修改密码的次数过多，请 {minutes} 分钟后再试。", code="throttled")
"""Tries to change a password, right ones too: each is compared with the last five, slowly, and told to its person."""

LEGACY_TYPED = Limit(
    "legacy-login",
    5,
    _QUARTER,
    "原用户名或原密码错误次数过多，该历史账户已暂时锁定，请 {minutes} 分钟后再试。",
    code="locked",
    locks=_GROWING,
)
"""Wrong passwords of old accounts (R-2.3.7), by system and user name, known or not; sources and browsers as logins."""

PUZZLE_AFTER = 3
"""So many failed logins by what was typed, or in one browser, and the next one begins with a puzzle (R-2.4.7)."""
_PUZZLE = "获取拼图过于频繁，请 {minutes} 分钟后再试。"
PUZZLE_BROWSER = Limit("puzzle-browser", 60, _QUARTER, _PUZZLE)
PUZZLE_SOURCE = Limit("puzzle-source", 600, _QUARTER, _PUZZLE)
"""Each costs a picture; a hall full of people may sit behind one address."""
PUZZLE_SMS = Limit("puzzle-sms", 5, _HOUR, "改用短信验证过于频繁，请 {minutes} 分钟后再试。", "puzzle_mobile")
"""Messages from one network that ask no puzzle first, for people who cannot see one (R-2.5.6)."""

_SCAN = "获取二维码过于频繁，请 {minutes} 分钟后再试。"
SCAN_BROWSER = Limit("scan-browser", 40, _QUARTER, _SCAN)
SCAN_SOURCE = Limit("scan-source", 1000, _QUARTER, _SCAN)
"""A page that waits shows eight codes in fifteen minutes; an office has many pages behind one address."""
PHONE_TRUST = Limit("phone-trust", 8, _DAY, "今天添加可信手机的次数已达上限，请明天再试。")
"""Each is told to the person by a message."""
APP_PHONES = Limit("app-phones", 5000, _HOUR, "该应用添加手机过于频繁，请 {minutes} 分钟后再试。", code="throttled")
"""Phones for whose holders one app vouches, right or wrong: whoever stole its secret is not let through in bulk."""
PHONE_TRY = Limit("phone-try", 60, _QUARTER, "操作过于频繁，请 {minutes} 分钟后再试。")
"""Codes that one phone scans, confirms or cancels."""
_CA = "CA登录过于频繁，请 {minutes} 分钟后再试。"
CA_BROWSER = Limit("ca-browser", 40, _QUARTER, _CA)
CA_SOURCE = Limit("ca-source", 400, _QUARTER, _CA)
"""Each may cost the judgement over a certificate; an office has many keys behind one address."""
_EXAMINE = "检查证书过于频繁，请 {minutes} 分钟后再试。"
CA_EXAMINE_BROWSER = Limit("ca-examine-browser", 120, _QUARTER, _EXAMINE)
CA_EXAMINE_SOURCE = Limit("ca-examine-source", 1200, _QUARTER, _EXAMINE)
"""The check-up looks at every certificate of every key that is there; it takes no login from anybody."""
SSO_BROWSER = Limit("sso-browser", 20, _QUARTER, "省政务登录过于频繁，请 {minutes} 分钟后再试。")
SSO_SOURCE = Limit("sso-source", 500, _QUARTER, "省政务登录过于频繁，请 {minutes} 分钟后再试。")
"""Each costs a row and questions to the province's platform; an office sits behind one address."""
SSO_STRANGE = Limit("sso-strange", 60, _QUARTER, "")
"""Who comes back without a flow is refused each time; so many from one source are written down."""
_LICENCE = "获取电子营业执照二维码过于频繁，请 {minutes} 分钟后再试。"
LICENCE_BROWSER = Limit("licence-browser", 20, _QUARTER, _LICENCE)
LICENCE_SOURCE = Limit("licence-source", 500, _QUARTER, _LICENCE)
LOGIN_ALERT = Limit("login-alert", 5, _DAY, "")
"""Messages to one person about logins from new devices: whoever knows the password shall not flood the phone."""
NOTICE_SMS = Limit("notice-sms", 30, _DAY, "")
"""Notices of one kind to one phone: what somebody does again and again is told at the bell."""
NOT_ME_SOURCE = Limit("not-me-source", 30, _HOUR, "打开链接的次数过多，请 {minutes} 分钟后再试。", code="throttled")
"""Links "this was not me" that are none, by the network they are opened from."""

CODE_PHONE_MINUTE = Limit("code-phone-minute", 1, _MINUTE, "验证码已发送，请于 60 秒后再重新获取。", "mobile")
CODE_PHONE_HOUR = Limit("code-phone-hour", 5, _HOUR, "该手机号获取验证码过于频繁，请 {minutes} 分钟后再试。", "mobile")
CODE_PHONE_DAY = Limit("code-phone-day", 10, _DAY, "该手机号今天获取验证码已达上限，请明天再试。", "mobile")
CODE_BROWSER = Limit("code-browser", 10, _HOUR, "您获取验证码过于频繁，请 {minutes} 分钟后再试。", "mobile")
CODE_SOURCE = Limit("code-source", 20, _HOUR, "您获取验证码过于频繁，请 {minutes} 分钟后再试。", "mobile")
CODES = (CODE_PHONE_MINUTE, CODE_PHONE_HOUR, CODE_PHONE_DAY)
"""By phone; the browser and the source that ask are counted besides."""

_SMS_BUSY = "短信发送量已达上限，暂时不能发送，请稍后再试；急需办理的，请拨打 12333。"


def sms_caps(*, per_hour: int, per_day: int) -> tuple[Limit, Limit]:
    """Return the limits of all messages together: what an attack may cost at most, by the installation's settings."""
    return (
        Limit("sms-all-hour", per_hour, _HOUR, _SMS_BUSY, "mobile", "sms_cap"),
        Limit("sms-all-day", per_day, _DAY, _SMS_BUSY, "mobile", "sms_cap"),
    )


_FACE = "人脸认证次数过多，请 {minutes} 分钟后再试。"
FACE_BROWSER = Limit("face-browser", 10, _HOUR, _FACE)
FACE_SOURCE = Limit("face-source", 60, _HOUR, _FACE)
"""Per browser, and per network source: a visitor gets a new cookie for nothing."""
FACE_SUBJECT = Limit("face-subject", 20, _DAY, "该人员今天的人脸认证次数已达上限，请明天再试，或到经办窗口办理。")
"""Per person and network source, so that nobody elsewhere can use up somebody's day."""

GRANT_LOOKUP = Limit("grant-lookup", 100, _HOUR, "核对人员的次数过多，请 {minutes} 分钟后再试。")
"""How often somebody may ask whether a person is registered, by naming three things of theirs that must all match."""

IMPORT_FILE = Limit("import-file", 20, _HOUR, "读取文件的次数过多，请 {minutes} 分钟后再试。", "workbook")
"""Files that one person has read; reading one costs more than a form."""

TABLE_TEMPLATE = Limit("table-template", 60, _HOUR, "下载模板的次数过多，请 {minutes} 分钟后再试。")
"""Files of a form's tables that one person has made; each is written anew, with the draft's rows."""

FILE_UPLOAD = Limit("file-upload", 300, _HOUR, "上传文件的次数过多，请 {minutes} 分钟后再试。", code="throttled")
FILE_CHECK = Limit("file-check", 300, _HOUR, "上传文件的次数过多，请 {minutes} 分钟后再试。", code="throttled")
FILE_PAGE = Limit("file-page", 600, _QUARTER, "查看文件的次数过多，请 {minutes} 分钟后再试。", code="throttled")
"""Files one person begins to hand in, and pages looked at: each page is a process of its own."""

APPLICATION = Limit("application", 120, _HOUR, "开始申报的次数过多，请 {minutes} 分钟后再试。", code="throttled")
"""Drafts one person begins: each is kept, and what is submitted is told to others."""
EMPLOYER_ASKED = Limit("employer-asked", 5, _DAY, "今天提请该单位审核的次数已达上限，请明天再试。")
"""What one person hands in to one employer's review: each is told to those who review there, by message too."""
COURIER_SEND = Limit("courier-send", 100, _DAY, "今天登记快递单号的次数已达上限，请明天再试。", "number")
"""Parcels that one person registers: about each the couriers are asked, and each costs money."""
COURIER_NUMBER = Limit(
    "courier-number",
    1,
    timedelta(minutes=30),
    "同一快递单号每 30 分钟只能查询一次，请 {minutes} 分钟后再试；有新的物流信息时会自动更新。",
)
"""Questions about one number by everybody together: the provider locks a number that is asked about more often."""
CASE_EXPORT = Limit("case-export", 20, _HOUR, "导出过于频繁，请 {minutes} 分钟后再试。")
"""Excel files of lists that one person asks for: each is up to a hundred thousand rows of work."""
DATA_EXPORT = Limit("data-export", 3, _DAY, "今天导出的次数已达上限，请明天再试。")
"""Each costs the worker a walk over everything that is kept of a person."""

RECOVERY_PASSWORD = Limit(
    "recovery-password", 30, _HOUR, "设置新密码的次数过多，请 {minutes} 分钟后再试。", code="throttled"
)
"""New passwords of one browser: each is compared with the last five, slowly."""

_LOOKUP = "核验次数过多，请稍后再试，或到经办窗口办理。"
LOOKUP_SOURCE = Limit("lookup-source", 30, _HOUR, _LOOKUP)
LOOKUP_BROWSER = Limit("lookup-browser", 20, _HOUR, _LOOKUP)
LOOKUP_SUBJECT = Limit("lookup-subject", 20, _DAY, _LOOKUP)
"""Questions to the registers say which field does not match, so whoever could ask for ever could guess.

A subject is counted per network source: counted for everybody together, a stranger could keep a unit from registering.
"""
LOOKUP_FLOOD = Limit("lookup-flood", 200, _DAY, "")
"""So many questions about one subject by everybody together are worth telling staff; nobody is refused for it."""

_RESULT = "核验次数过多，请 {minutes} 分钟后再试。"
RESULT_BROWSER = Limit("result-browser", 30, _QUARTER, _RESULT, code="throttled")
RESULT_SOURCE = Limit("result-source", 200, _QUARTER, _RESULT, code="throttled")
"""Documents that somebody checks: a code has 58 bits, and guessing it costs as many questions."""

STAFF_TYPED = Limit(
    "staff-login",
    5,
    _QUARTER,
    "登录失败次数过多，该账号已暂时锁定，请 {minutes} 分钟后再试，或联系系统管理员。",
    code="locked",
    locks=_GROWING,
)
"""Failed logins of officers by the account typed, known or not."""
STAFF_SOURCE = Limit(
    "staff-login-source", 30, _QUARTER, "当前网络登录失败次数过多，请 {minutes} 分钟后再试。", code="throttled"
)
STAFF_PASSWORD = Limit("staff-password", 10, _HOUR, "修改密码的次数过多，请 {minutes} 分钟后再试。", code="throttled")
STAFF_LOOKUP = Limit("staff-lookup", 200, _HOUR, "查询人员的次数过多，请 {minutes} 分钟后再试。")
"""Questions of one officer whether somebody is registered."""
STAFF_UNMASK = Limit(
    "staff-unmask", 50, _DAY, "今天查看完整信息的次数已达上限，请明天再试；确有需要的，请联系安全管理员。"
)
STAFF_VERIFY = Limit("staff-verify", 10, _HOUR, "校验的次数过多，请 {minutes} 分钟后再试。")
"""Walking the whole trail is work for the database."""
