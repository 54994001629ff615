"""What is found in a code table while somebody types, for every page with such fields (R-2.6.2.2, R-2.6.3.3)."""

import asyncio
import time

import reflex as rx

from jsrs_portal.access.actor import current_actor
from jsrs_portal.services.code_search import CodeChoice, find_codes
from jsrs_portal.services.search import pace

LONGEST_ASKED = 60


class CodeLookup(rx.State, mixin=True):
    """The choices found last, for which field, and for what was typed there."""

    codes: list[CodeChoice] = []
    codes_of: str = ""
    codes_for: str = ""

    async def _look_up(self, field: str, table: str, text: object) -> None:
        """Show what ``table`` has for ``text`` at ``field``; asking too often is not answered, as in the search."""
        if not isinstance(text, str) or not pace.may_suggest(current_actor().session_key, now=time.monotonic()):
            return
        asked = "".join(sign for sign in text[:LONGEST_ASKED] if sign.isprintable())
        found = await asyncio.to_thread(find_codes, table, asked)  # the first question spells a whole table
        self.codes, self.codes_of, self.codes_for = list(found), field, asked
