"""The phone's own key as Reflex sees it (``assets/phone.jsx``): challenges in, signatures out (R-2.4.3)."""

import reflex as rx

from jsrs_portal.components.behaviour import Handler, Text
from jsrs_portal.components.controls import button_class


def _signed(signed: rx.Var[dict[str, str]]) -> tuple[rx.Var[dict[str, str]]]:
    """Event spec: ``key`` (SubjectPublicKeyInfo) and ``signature``, base64 both; empty without a key."""
    return (signed,)


class _Phone(rx.Component):
    """A component of ``assets/phone.jsx``."""

    library = "$/public/phone.jsx"


class _DeviceKey(_Phone):
    tag = "DeviceKey"
    challenge: rx.Var[str]
    on_signed: rx.EventHandler[_signed]


class _SignButton(_Phone):
    tag = "SignButton"
    challenge: rx.Var[str]
    fresh: rx.Var[bool]
    label: rx.Var[str]
    on_signed: rx.EventHandler[_signed]


def device_key(challenge: rx.Var[str], on_signed: Handler) -> rx.Component:
    """Have every new ``challenge`` signed by the phone's key; nothing is shown."""
    return _DeviceKey.create(challenge=challenge, on_signed=on_signed)


def sign_button(label: Text, challenge: rx.Var[str], on_signed: Handler, *, fresh: bool = False) -> rx.Component:
    """Return a button whose press is signed by the phone's key, by a new one if ``fresh``."""
    return _SignButton.create(
        label=label,
        challenge=challenge,
        fresh=fresh,
        on_signed=on_signed,
        class_name=button_class("primary") + " w-full",
    )
