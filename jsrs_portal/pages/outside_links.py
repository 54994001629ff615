"""Links to the login and its ways through an outside party (R-2.4.6); one that is not set up says so."""

import reflex as rx

from jsrs_portal.components.controls import LINK, anchor, icon, text_link
from jsrs_portal.settings import get_settings

CA_TAB = "/login?way=ca"
PERSON_LOGIN = "/login?side=person"
LICENCE_PAGE = "/login/licence"
_NOT_HERE = "/login/other"


def provincial_link(label: str = "省政务登录", sign: str = "", look: str = LINK) -> rx.Component:
    """Return the link to the province's platform; it leaves the page, so the document is loaded."""
    there = bool(get_settings().sso_address)
    return _with_sign(label, "/sso/start" if there else _NOT_HERE, sign, look, reload=there)


def shortcuts() -> list[rx.Component]:
    """Return 「快捷方式登录」 beside a wizard: a certificate or the province's login, and the electronic licence."""
    by_key = text_link("CA", CA_TAB)
    return [rx.fragment(by_key, " 或 ", provincial_link(sign="landmark")), licence_link(sign="id_card")]


def licence_link(label: str = "电子营业执照登录", sign: str = "", look: str = LINK) -> rx.Component:
    """Return the link to the page with the licence system's code."""
    there = bool(get_settings().licence_address)
    return _with_sign(label, LICENCE_PAGE if there else _NOT_HERE, sign, look, reload=False)


def _with_sign(label: str, href: str, sign: str, look: str, *, reload: bool) -> rx.Component:
    signs = [icon(sign, class_name="inline-block align-text-bottom mr-1")] if sign else []
    return anchor(*signs, label, href=href, class_name=look, reload=reload)
