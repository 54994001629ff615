"""Personal data made unreadable for the screen; always on the server, never in the browser.

The numbers of stars are the manual's (see "Masking" in the requirements); only for documents other than the
resident identity card do they follow the number's length. A value too short for its pattern shows nothing.
"""

import re

from jsrs_portal.domain.documents import DocumentType

_SHOWN = 4
_PHONE_SHORTEST = 7
_PHONE_INSIDE = re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
_ID_INSIDE = re.compile(r"(?<!\d)[1-9]\d{5}[ -]?(?:18|19|20)\d{6}[ -]?\d{3}[0-9Xx](?![0-9Xx])")


def mask_name(name: str) -> str:
    """Return the first character and two stars, however long the name is."""
    kept = name.strip()
    if not kept:
        return ""
    return f"{kept[0]}**" if len(kept) > 1 else "**"


def mask_phone(phone: str) -> str:
    """Return the first digit, seven stars and the last two digits."""
    kept = phone.strip()
    if not kept:
        return ""
    return f"{kept[0]}{'*' * 7}{kept[-2:]}" if len(kept) >= _PHONE_SHORTEST else "*" * 10


def mask_resident_id(number: str) -> str:
    """Return fifteen stars and the last four characters."""
    kept = number.strip()
    if not kept:
        return ""
    return "*" * 15 + (kept[-_SHOWN:] if len(kept) >= 2 * _SHOWN else "*" * _SHOWN)


def mask_document(kind: DocumentType, number: str) -> str:
    """Return the masked number of a document: stars and the last four, if at least as many stay hidden."""
    if kind is DocumentType.RESIDENT_ID:
        return mask_resident_id(number)
    kept = number.strip()
    if len(kept) < 2 * _SHOWN:
        return "*" * len(kept)
    return "*" * (len(kept) - _SHOWN) + kept[-_SHOWN:]


def mask_inside(text: str) -> str:
    """Return a sentence that somebody wrote with the phone and identity card numbers in it masked; names cannot be."""
    without = _ID_INSIDE.sub(lambda found: mask_resident_id(found[0]), text)
    return _PHONE_INSIDE.sub(lambda found: mask_phone(found[0]), without)
