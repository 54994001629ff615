"""Keys in a USB token, by the PKCS#11 module of its maker. RSA: PKCS#11 has no SM2, which has interfaces of its own."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .keys import Certificate, Holder, Key, KeyFault, NoKey, PinLocked, PinWrong

_MISSING = "没有安装 python-pkcs11，不能使用 USB Key：请执行 pip install python-pkcs11。"
_NO_MODULE = "不能载入 PKCS#11 模块 {path}：{why}。请核对厂商驱动是否已安装，位数（32/64 位）是否与 Python 一致。"
_FINAL, _LOW = 1, -1
"""PKCS#11 says when there is one try left; when it says "low", nobody knows how low."""


class Token(Holder):
    """All tokens that a module reaches."""

    def __init__(self, path: str) -> None:
        """Load the module at ``path``; :class:`KeyFault` says why it cannot be."""
        try:
            import pkcs11
        except ImportError:
            raise KeyFault(_MISSING) from None
        try:
            self._library = pkcs11.lib(path)
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise KeyFault(_NO_MODULE.format(path=path, why=error or type(error).__name__)) from None

    def held(self) -> list[Key]:
        """Read the certificates of every token; that needs no PIN. A token that is pulled out meanwhile has none."""
        found: list[Key] = []
        with _translated():
            slots = self._library.get_slots(token_present=True)
        for slot in slots:
            with contextlib.suppress(NoKey), _translated():
                token = slot.get_token()
                with token.open() as session:
                    found += _paired(token, list(_certificates(session)))
        return found


def _certificates(session: Any) -> Iterator[tuple[bytes, Certificate]]:
    import pkcs11

    wanted = {
        pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
        pkcs11.Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
    }
    for stored in session.get_objects(wanted):
        certificate = Certificate(bytes(stored[pkcs11.Attribute.VALUE]))
        if certificate.is_readable():
            yield bytes(stored[pkcs11.Attribute.ID]), certificate


def _paired(token: Any, certificates: list[tuple[bytes, Certificate]]) -> list[Key]:
    """Make a key of each signing certificate, with the encryption certificate of the same holder."""
    others = [certificate for _, certificate in certificates if not certificate.signs]
    found: list[Key] = []
    for key_id, certificate in certificates:
        if certificate.signs:
            same = next((other for other in others if other.subject == certificate.subject), None)
            others = [other for other in others if other is not same]
            found.append(TokenKey(token, key_id, certificate, same))
    return found + [TokenKey(token, b"", None, other) for other in others]


class TokenKey(Key):
    """A key in a token."""

    def __init__(
        self, token: Any, key_id: bytes, certificate: Certificate | None, exchange: Certificate | None
    ) -> None:
        """Take the token, the key's CKA_ID and its certificates."""
        self._token, self._key_id = token, key_id
        self.sign_certificate, self.exchange_certificate = certificate, exchange

    def tries_left(self) -> int:
        """What the token's flags say."""
        import pkcs11

        with _translated():
            flags = self._token.slot.get_token().flags  # as they are now
        if flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
            return 0
        return _FINAL if flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY else _LOW

    def check(self, pin: str) -> None:
        """Log in and out."""
        with self._opened(pin):
            return

    def sign(self, pin: str, data: bytes) -> bytes:
        """Have the token sign by RSA and SHA-256."""
        import pkcs11

        with self._opened(pin) as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, id=self._key_id)
            return bytes(key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))

    @contextmanager
    def _opened(self, pin: str) -> Iterator[Any]:
        import pkcs11

        if self.tries_left() == 0:
            raise PinLocked
        try:
            session = self._token.open(user_pin=pin)
        except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid):
            left = self.tries_left()
            raise (PinLocked() if left == 0 else PinWrong(left)) from None
        except pkcs11.PinLocked:
            raise PinLocked from None
        except pkcs11.PKCS11Error as error:
            raise _meant(error) from None
        with _translated(), session:
            yield session


@contextmanager
def _translated() -> Iterator[None]:
    import pkcs11

    try:
        yield
    except pkcs11.PKCS11Error as error:
        raise _meant(error) from None


def _meant(error: Exception) -> NoKey | KeyFault:
    """Return an error of the library in our words: many mean that the key was pulled out."""
    import pkcs11

    gone = (
        *(pkcs11.DeviceRemoved, pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised, pkcs11.SlotIDInvalid),
        *(pkcs11.NoSuchToken, pkcs11.NoSuchKey, pkcs11.SessionHandleInvalid, pkcs11.SessionClosed),
    )
    return NoKey() if isinstance(error, gone) else KeyFault(f"USB Key 报错：{type(error).__name__}")
