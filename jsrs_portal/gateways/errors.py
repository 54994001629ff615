"""What can go wrong with an outside system, told the same way for all of them (architecture rule 5).

A caller needs three things: may it have happened all the same (then look before doing it again), what to log (the
system's own code, which never contains personal data), and a Chinese sentence for the person waiting.
"""

import re
from enum import StrEnum

_CODE = re.compile(r"[A-Za-z0-9_.:/-]{1,80}")


class System(StrEnum):
    """The outside systems (外部系统)."""

    FACE = "face"
    SMS = "sms"
    REGISTRY = "registry"
    IDENTITY = "identity"
    CA = "ca"
    SSO = "sso"
    LICENCE = "licence"
    LEGACY = "legacy"
    SCANNER = "scanner"
    COURIER = "courier"

    @property
    def label(self) -> str:
        """What users call it."""
        return _LABELS[self]


_LABELS = {
    System.FACE: "人脸识别服务",
    System.SMS: "短信服务",
    System.REGISTRY: "企业登记信息核验服务",
    System.IDENTITY: "实名核验服务",
    System.CA: "CA 证书吊销列表",
    System.SSO: "省政务服务平台",
    System.LICENCE: "电子营业执照系统",
    System.LEGACY: "历史系统",
    System.SCANNER: "文件安全检查服务",
    System.COURIER: "快递查询服务",
}


class GatewayFailure(StrEnum):
    """Why a call to an outside system did not give an answer we can use."""

    TIMEOUT = "TIMEOUT"
    """Sent, but no answer in time or the connection broke: it may have happened."""
    UNREACHABLE = "UNREACHABLE"
    """No connection, or the system says it could not work on it: surely not happened."""
    BAD_ANSWER = "BAD_ANSWER"
    """A server error, garbage, a wrong signature or a stale timestamp: not believed, but it may have happened."""
    REFUSED = "REFUSED"
    """The outside system said no for a business reason."""
    BUSY = "BUSY"
    """Refused by a rate limit (流控)."""
    MISCONFIGURED = "MISCONFIGURED"
    """Our keys, our clock or our contract are at fault; the operator must act."""


_UNSURE = frozenset({GatewayFailure.TIMEOUT, GatewayFailure.BAD_ANSWER})

_SENTENCES = {
    GatewayFailure.TIMEOUT: "{label}没有及时答复，请稍候片刻后再试。",
    GatewayFailure.UNREACHABLE: "暂时无法连接{label}，本次操作没有生效，请稍后再试。",
    GatewayFailure.BAD_ANSWER: "{label}的答复无法确认，系统没有采用，请稍后再试。",
    GatewayFailure.REFUSED: "{label}没有受理本次请求，请核对填写的内容后再试。",
    GatewayFailure.BUSY: "{label}当前请求过多，请稍后再试。",
    GatewayFailure.MISCONFIGURED: "{label}暂时不能使用，请稍后再试；多次失败的，请拨打页面下方的联系电话。",
}
_SMS_UNSURE = "短信可能已经发出，请留意手机；一分钟后仍未收到的，请重新获取。"


class GatewayError(Exception):
    """A call to an outside system failed; the message holds system, failure and code, never data or bodies."""

    def __init__(
        self,
        system: System,
        failure: GatewayFailure,
        code: str = "",
        sentence: str = "",
        *,
        answered: bool = True,
    ) -> None:
        """Take the outside system's own ``code`` and, where the usual sentence says too little, another one.

        ``answered`` is false for what we refuse ourselves before anything is sent; it says nothing of their health.
        """
        self.answered = answered
        self.system = system
        self.failure = failure
        self.code = code if _CODE.fullmatch(code) else ""
        self.sentence = sentence or self._usual_sentence()
        super().__init__(f"{system}: {failure} {self.code}".strip())

    def _usual_sentence(self) -> str:
        if self.system is System.SMS and self.failure in _UNSURE:
            return _SMS_UNSURE
        return _SENTENCES[self.failure].format(label=self.system.label)

    @property
    def may_have_happened(self) -> bool:
        """Whether the outside system may have carried it out although we have no answer we believe."""
        return self.failure in _UNSURE
