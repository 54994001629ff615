"""The words of the licence system. Its interface is not public, so every name and word may be set (protocols.md, 6).

Our names are the ones our simulator uses; the real system's become known with the approval to connect to it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from jsrs_portal import clock
from jsrs_portal.domain.outside_logins import HolderType, LicenceState

_LONGEST = 200


class LicenceFields(BaseModel):
    """Their name of each field. Requests: what we send; answers: the frame, then what stands in ``data``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    create_path: str = "/qr"
    result_path: str = "/result"

    app_id: str = "appId"
    timestamp: str = "timestamp"
    nonce: str = "nonce"
    purpose: str = "purpose"
    callback_url: str = "callbackUrl"
    sign: str = "sign"
    sign_cert: str = "signCert"

    serial: str = "bizSn"
    qr_text: str = "qrText"
    expires_in: str = "expiresIn"
    state: str = "state"
    data: str = "data"

    uscc: str = "uniscid"
    unit_name: str = "entname"
    legal_name: str = "lerepName"
    holder_type: str = "holderType"
    holder_name: str = "holderName"
    holder_id_number: str = "holderIdNumber"
    certificate: str = "certUniqueId"
    licence_serial: str = "licenseSn"
    licence_state: str = "licenseState"
    sign_time: str = "signTime"


class Words:
    """Their words for states and holders, in ours."""

    def __init__(self, words: Mapping[str, str], normal: list[str]) -> None:
        """Take their word → ours, and what they call a licence in force. ValueError for a word we do not have."""
        self._normal = frozenset(normal)
        known = {*LicenceState, *HolderType}
        strange = [ours for ours in words.values() if ours not in known]
        if strange:
            raise ValueError(f"no such state or holder: {strange[0]}")
        self._words = words

    def state(self, word: str) -> LicenceState | None:
        """Return a state that the system may report, ``None`` for another word."""
        ours = self._words.get(word, word)
        reported = (LicenceState.WAIT, LicenceState.SCANNED, LicenceState.AUTHED, LicenceState.REFUSED)
        return LicenceState(ours) if ours in (*reported, LicenceState.EXPIRED) else None

    def holder(self, word: str) -> HolderType | None:
        """Return who shows the licence, ``None`` for another word."""
        ours = self._words.get(word, word)
        return HolderType(ours) if ours in set(HolderType) else None

    def in_force(self, word: str) -> bool:
        """Tell whether a licence in this state may be used."""
        return word in self._normal


def text_of(content: Mapping[str, Any], name: str) -> str:
    """Return a short printable text, "" for anything else and for a field that they do not have."""
    value: object = content.get(name) if name else None
    if not isinstance(value, str):
        return ""
    text = value.strip()
    return text if len(text) <= _LONGEST and text.isprintable() else ""


def instant_of(value: object) -> datetime | None:
    """Read an instant: Unix seconds or milliseconds, yyyyMMddHHmmss in Beijing's time, or ISO 8601."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    digits = str(value).strip()
    try:
        if digits.isascii() and digits.isdecimal() and len(digits) == 14:
            return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=clock.BEIJING)
        if digits.isascii() and digits.isdecimal() and len(digits) <= 13:
            seconds = int(digits) / (1000 if len(digits) > 11 else 1)
            return datetime.fromtimestamp(seconds, UTC)
        found = datetime.fromisoformat(digits)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=clock.BEIJING)
