"""The driver of a CA's key as Reflex sees it (``assets/ca.jsx``): certificates and signatures in, no PIN (R-2.4.2)."""

import reflex as rx

from jsrs_portal.components.behaviour import Handler
from jsrs_portal.settings import CA_PAGES, get_settings


def _found(certificates: rx.Var[list[dict[str, str]]]) -> tuple[rx.Var[list[dict[str, str]]]]:
    """Event spec: what the keys hold, texts all: ``id, name, issuer, not_after`` (ISO 8601), ``left`` (of the PIN's
    tries, -1: not said), and ``certificate, exchange`` (base64 DER, empty where the key has none of this kind).
    """
    return (certificates,)


def _signed(signed: rx.Var[dict[str, str]]) -> tuple[rx.Var[dict[str, str]]]:
    """Event spec: ``certificate`` (base64 DER), ``signature`` (base64) and its ``format``."""
    return (signed,)


def _trouble(code: rx.Var[str], left: rx.Var[int]) -> tuple[rx.Var[str], rx.Var[int]]:
    """Event spec: what went wrong, and how many tries the PIN has left (-1: not said)."""
    return (code, left)


class _CaDriver(rx.Component):
    """The component of ``assets/ca.jsx``."""

    library = "$/public/ca.jsx"
    tag = "CaDriver"
    port: rx.Var[int]
    least: rx.Var[str]
    pages: rx.Var[list[str]]
    wanted: rx.Var[str]
    certificate_id: rx.Var[str]
    challenge: rx.Var[str]
    on_found: rx.EventHandler[_found]
    on_signed: rx.EventHandler[_signed]
    on_trouble: rx.EventHandler[_trouble]


def ca_driver(
    *,
    wanted: rx.Var[str],
    on_found: Handler,
    on_trouble: Handler,
    on_signed: Handler | None = None,
    certificate_id: rx.Var[str] | str = "",
    challenge: rx.Var[str] | str = "",
    port: int = 0,
) -> rx.Component:
    """Have the driver do what is ``wanted``: "list", "sign", or "" for nothing. Nothing is shown.

    ``on_found`` takes a list of dictionaries, ``on_signed`` a dictionary, ``on_trouble`` a code and, if it likes, the
    PIN's tries left: "absent", "old" (driver), "no_key", "pin_wrong", "pin_locked", "cancelled", "no_window" (nobody
    could be asked), "unanswered", "refused" (this site, or what was to be signed), "failed". Each must set ``wanted``
    back to "", or the same could not be asked again.
    ``challenge`` is signed as UTF-8. The driver can be reached on the pages in ``settings.CA_PAGES`` only.
    Who came there by a link within the portal has a document that may not: the component loads it anew as it appears.
    """
    settings = get_settings()
    signing = {} if on_signed is None else {"on_signed": on_signed}
    return _CaDriver.create(
        port=port or settings.ca_driver_port,
        least=settings.ca_driver_least,
        pages=list(CA_PAGES),
        wanted=wanted,
        certificate_id=certificate_id,
        challenge=challenge,
        on_found=on_found,
        on_trouble=on_trouble,
        **signing,
    )
