"""The agreements, to be read before they are agreed to (R-2.2.1)."""

import reflex as rx

from jsrs_portal.catalog.agreements import read_agreement
from jsrs_portal.components.feedback import card
from jsrs_portal.domain.registration import PERSON_AGREEMENT, UNIT_AGREEMENT
from jsrs_portal.pages.frame import frame


def _agreement(key: str, version: str) -> rx.Component:
    found = read_agreement(key, version)
    sections = [
        rx.el.section(rx.el.h2(heading, class_name="text-lg"), rx.el.p(text, class_name="mt-2 text-base max-w-text"))
        for heading, text in found.sections
    ]
    stamp = rx.el.p(f"版本 {found.version}，点击注册页的「下一步」后生效。", class_name="text-sm text-ink-500")
    text = rx.el.div(*sections, class_name="flex flex-col gap-6 pt-4")
    return frame(rx.el.div(card(stamp, text), class_name="max-w-text"), title=found.title)


def unit_agreement() -> rx.Component:
    """Return 《法人用户注册协议》."""
    return _agreement(*UNIT_AGREEMENT)


def person_agreement() -> rx.Component:
    """Return 《个人用户注册协议》."""
    return _agreement(*PERSON_AGREEMENT)
