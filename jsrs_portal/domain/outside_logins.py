"""Logins by a proof from outside: 省政务登录, 电子营业执照登录 (R-2.4.6); each way to fail has its sentence."""

from datetime import timedelta
from enum import StrEnum

FLOW_LIFE = timedelta(minutes=10)
"""So long somebody may be at the provider's login page (protocol reference, 5.3)."""
CLOCK_LEEWAY = 60
"""Seconds by which the provider's clock and ours may differ."""
OLDEST_TOKEN = 600
"""Seconds: a token is asked for when somebody logs in, so one that was issued longer ago is none of this login's."""


class SsoProblem(StrEnum):
    """Why a login at the province's provider led nowhere; the value stands in the login page's address."""

    STATE = "sso-state"
    LATE = "sso-late"
    USED = "sso-used"
    DENIED = "sso-denied"
    PROVIDER = "sso-provider"
    CODE = "sso-code"
    ISSUER = "sso-issuer"
    AUDIENCE = "sso-audience"
    NONCE = "sso-nonce"
    SIGNATURE = "sso-signature"
    KEY = "sso-key"
    ALGORITHM = "sso-algorithm"
    TIME = "sso-time"
    TOKEN = "sso-token"
    SUBJECT = "sso-subject"
    UNIT = "sso-unit"
    AWAY = "sso-away"
    BUSY = "sso-busy"


SSO_SENTENCES = {
    SsoProblem.STATE: "本次省政务登录不是从当前浏览器发起的，请在本页重新点击「省政务登录」。",
    SsoProblem.LATE: "省政务登录已超过 10 分钟，请重新登录。",
    SsoProblem.USED: "本次省政务登录已经完成过，不能重复使用，请重新登录。",
    SsoProblem.DENIED: "您在省政务服务平台取消了登录或未同意授权；需要登录的，请重试或使用其他方式。",
    SsoProblem.PROVIDER: "省政务服务平台没有完成登录，请稍后重试或使用其他方式。",
    SsoProblem.CODE: "省政务服务平台没有认可本次登录凭据，请重新登录。",
    SsoProblem.ISSUER: "登录结果不是省政务服务平台签发的，系统没有采用，请重新登录。",
    SsoProblem.AUDIENCE: "登录结果不是签发给本系统的，系统没有采用，请重新登录。",
    SsoProblem.NONCE: "登录结果与本次登录请求不一致，系统没有采用，请重新登录。",
    SsoProblem.SIGNATURE: "登录结果的签名不正确，系统没有采用，请重新登录。",
    SsoProblem.KEY: "登录结果的签名密钥不是省政务服务平台公布的，系统没有采用，请重新登录。",
    SsoProblem.ALGORITHM: "登录结果的签名算法不被接受，系统没有采用，请联系系统管理员。",
    SsoProblem.TIME: "登录结果已过期或时间不正确，系统没有采用，请重新登录。",
    SsoProblem.TOKEN: "省政务服务平台返回的登录结果不完整，系统没有采用，请重新登录。",
    SsoProblem.SUBJECT: "省政务服务平台两次返回的用户不一致，系统没有采用，请重新登录。",
    SsoProblem.UNIT: "您的省政务账号没有提供单位信息，请改用法人账号登录省政务服务平台，或使用其他方式登录。",
    SsoProblem.AWAY: "暂时无法连接省政务服务平台，请稍后重试或使用其他方式登录。",
    SsoProblem.BUSY: "省政务登录过于频繁，请 15 分钟后再试。",
}


def recorded(problem: "SsoProblem | LicenceProblem") -> str:
    """Return a problem as the audit log has it."""
    return problem.upper().replace("-", "_")


class LicenceState(StrEnum):
    """Where a login by 电子营业执照 is; ``USED`` is ours: somebody logged in by it."""

    WAIT = "WAIT"
    SCANNED = "SCANNED"
    AUTHED = "AUTHED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    USED = "USED"


class LicenceProblem(StrEnum):
    """Why the result of a scanned licence is not believed."""

    SERIAL = "licence-serial"
    SIGNATURE = "licence-signature"
    KEY = "licence-key"
    TIME = "licence-time"
    STATE = "licence-state"
    USCC = "licence-uscc"
    HOLDER = "licence-holder"
    INCOMPLETE = "licence-incomplete"


LICENCE_SENTENCES = {
    LicenceProblem.SERIAL: "扫码结果不属于本次登录，系统没有采用，请刷新二维码重试。",
    LicenceProblem.SIGNATURE: "电子营业执照的签名不正确，系统没有采用，请刷新二维码重试。",
    LicenceProblem.KEY: "扫码结果不是电子营业执照系统签发的，系统没有采用，请刷新二维码重试。",
    LicenceProblem.TIME: "电子营业执照的签名时间不在有效范围内，请刷新二维码重试。",
    LicenceProblem.STATE: "该电子营业执照已被注销、吊销或停用，不能用于登录；如有疑问，请咨询登记机关。",
    LicenceProblem.USCC: "电子营业执照上的统一社会信用代码不正确，系统没有采用，请咨询登记机关。",
    LicenceProblem.HOLDER: "不能识别执照持有人的身份类型，请由法定代表人、证照管理员或办事人出示电子营业执照。",
    LicenceProblem.INCOMPLETE: "电子营业执照系统返回的信息不完整，系统没有采用，请刷新二维码重试。",
}
LICENCE_FINAL = frozenset({LicenceProblem.STATE, LicenceProblem.USCC})
"""What another scan does not mend."""
LICENCE_LIFE = timedelta(minutes=3)
"""So long a code is shown at most; the licence system's own end may come earlier."""
LICENCE_ASK_EVERY = timedelta(seconds=2)
"""The licence system is asked about a code at most so often."""
LICENCE_FRESH = timedelta(minutes=5)
"""A licence was shown just now: what was signed longer ago, or later than now, is none of this login's."""


class HolderType(StrEnum):
    """Who showed the licence."""

    LEGAL_REP = "LEREP"
    MANAGER = "MANAGER"
    AGENT = "AGENT"
