"""What each function of the protocol does, for a site that is allowed to ask."""

import asyncio
import base64
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from . import VERSION, protocol
from .keys import Certificate, Holder, Key, KeyFault, NoKey, PinLocked, PinWrong
from .pin import Asking, Question, Unanswered, Unasked
from .protocol import Request, answer

Result = TypeVar("Result")
Answer = Mapping[str, Any]

PIN_SECONDS = 60.0
"""So long a PIN waits for the signature it was asked for."""
KEY_SECONDS = 30.0
"""So long a key may take for one thing."""
_INFO: dict[int, Callable[[Certificate], str]] = {
    0x21: lambda certificate: certificate.issuer_name,
    0x22: lambda certificate: certificate.issuer_unit,
    0x31: lambda certificate: certificate.name,
    0x10008: lambda certificate: certificate.valid_until,
}
"""``SOF_GetCertInfo`` by type: SGD_CERT_ISSUER_CN, SGD_CERT_ISSUER_O, SGD_CERT_SUBJECT_CN, the end of validity."""


@dataclass(frozen=True, eq=False)
class _Pin:
    """A PIN that waits for the signature it was typed for."""

    digits: str = field(repr=False)


class Desk:
    """Serves one request after the other; keys are slow and take one thing at a time."""

    def __init__(self, holders: Sequence[Holder], ask: Asking, say: Callable[[str], None]) -> None:
        """Serve the keys of ``holders``, ``ask`` for PINs, ``say`` in the terminal what happens."""
        self._holders, self._ask, self._say = holders, ask, say
        self._thread = ThreadPoolExecutor(1, "key")
        self._pins: dict[tuple[str, str], _Pin] = {}
        self._asking = False
        self._last_error = protocol.OK
        self._functions = {
            "SOF_GetVersion": self._version,
            "SOF_GetUserList": self._user_list,
            "SOF_ExportUserCert": self._sign_certificate,
            "SOF_ExportExChangeUserCert": self._exchange_certificate,
            "SOF_GetCertInfo": self._certificate_info,
            "SOF_GetPinRetryCount": self._tries_left,
            "SOF_Login": self._login,
            "SOF_SignData": self._sign,
            "SOF_GetLastError": self._error,
        }

    async def serve(self, origin: str, request: Request) -> Answer:
        """Answer one request of ``origin``, which is allowed; whatever goes wrong becomes a return value."""
        function = self._functions.get(request.function)
        if function is None:
            return self._noted(answer(protocol.NOT_SUPPORTED))
        if request.function == "SOF_GetLastError":
            return await function(origin, request)
        try:
            return self._noted(await function(origin, request))
        except NoKey:
            return self._noted(answer(protocol.NO_KEY))
        except PinLocked:
            self._say("PIN 码已锁定：请联系证书颁发机构解锁。")
            return self._noted(answer(protocol.PIN_LOCKED, retryCount=0))
        except PinWrong as wrong:
            self._say("PIN 码不正确。")
            return self._noted(answer(protocol.PIN_INCORRECT, retryCount=wrong.left))
        except KeyFault as fault:
            self._say(str(fault))
        except TimeoutError:
            self._say("密钥没有在规定时间内完成操作：请重新插拔后再试。")
        return self._noted(answer(protocol.FAILED))

    def _noted(self, given: Answer) -> Answer:
        self._last_error = given["rtn"]
        return given

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        """Do what a key takes long for beside the event loop, one thing after the other."""
        return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._thread, work), KEY_SECONDS)

    async def _keys(self) -> list[Key]:
        return await self._in_thread(lambda: [key for holder in self._holders for key in holder.held()])

    async def _key(self, key_id: str) -> Key:
        found = next((key for key in await self._keys() if key.id == key_id), None)
        if found is None:
            raise NoKey
        return found

    async def _version(self, _origin: str, _request: Request) -> Answer:
        return answer(protocol.OK, outData=VERSION)

    async def _user_list(self, _origin: str, _request: Request) -> Answer:
        return answer(protocol.OK, outData=protocol.user_list([(key.name, key.id) for key in await self._keys()]))

    async def _sign_certificate(self, _origin: str, request: Request) -> Answer:
        return _exported((await self._key(request.cert_id)).sign_certificate)

    async def _exchange_certificate(self, _origin: str, request: Request) -> Answer:
        return _exported((await self._key(request.cert_id)).exchange_certificate)

    async def _certificate_info(self, _origin: str, request: Request) -> Answer:
        der, info = protocol.decoded(request.cert), _INFO.get(request.type)
        certificate = Certificate(der) if der else None
        if info is None or certificate is None or not certificate.is_readable():
            return answer(protocol.INVALID)
        return answer(protocol.OK, outData=info(certificate))

    async def _tries_left(self, _origin: str, request: Request) -> Answer:
        key = await self._key(request.cert_id)
        return answer(protocol.OK, outData=await self._in_thread(key.tries_left))

    async def _login(self, origin: str, request: Request) -> Answer:
        """Ask for the PIN and see whether it is right; a PIN that a page sends is not even tried."""
        if request.pin:
            return answer(protocol.INVALID)
        key = await self._key(request.cert_id)
        left = await self._in_thread(key.tries_left)
        if left == 0:
            raise PinLocked
        if self._asking:  # one window at a time, or a person does not know which site asks
            return answer(protocol.FAILED)
        shown = key.sign_certificate
        if shown is None:
            return answer(protocol.INVALID)
        self._say(f"{origin} 请求用「{key.name}」登录。")
        self._asking = True
        try:
            pin = await self._ask(Question(origin, key.name, shown.issuer_name or shown.issuer_unit, left, key.has_pin))
        except Unasked:
            self._say("无法显示输入 PIN 码的窗口：请在有桌面的电脑上，或在命令行窗口中启动驱动。")
            return answer(protocol.NO_WINDOW)
        except Unanswered:
            self._say("没有在规定时间内输入 PIN 码，窗口已关闭。")
            return answer(protocol.UNANSWERED)
        finally:
            self._asking = False
        if pin is None:
            self._say("已取消。")
            return answer(protocol.CANCELLED)
        await self._in_thread(lambda: key.check(pin))
        place, given = (origin, key.id), _Pin(pin)
        self._pins[place] = given
        asyncio.get_running_loop().call_later(PIN_SECONDS, self._forget, place, given)
        return answer(protocol.OK)

    def _forget(self, place: tuple[str, str], given: _Pin) -> None:
        if self._pins.get(place) is given:  # not one that was typed since
            del self._pins[place]

    async def _sign(self, origin: str, request: Request) -> Answer:
        """Sign with the PIN that was given for this, and forget it, whether it comes to a signature or not."""
        pin = self._pins.pop((origin, request.cert_id), None)
        data = protocol.decoded(request.data)
        if data is None or not protocol.may_sign(data, origin):
            self._say(f"{origin} 要求签署的不是登录该网站的内容，已拒绝。")
            return answer(protocol.TEXT_REFUSED)
        if pin is None:
            return answer(protocol.NOT_LOGGED_IN)
        key = await self._key(request.cert_id)
        signature = await self._in_thread(lambda: key.sign(pin.digits, data))
        self._say(f"已为登录 {origin} 签名。")
        return answer(protocol.OK, outData=base64.b64encode(signature).decode())

    async def _error(self, _origin: str, _request: Request) -> Answer:
        return answer(protocol.OK, outData=self._last_error)


def _exported(certificate: Certificate | None) -> Answer:
    """Return a certificate in base64, nothing where the key has none of this kind."""
    return answer(protocol.OK, outData=base64.b64encode(certificate.der).decode() if certificate else "")
