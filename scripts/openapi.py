"""Writes docs/openapi.json, the description of our HTTP routes, from the routes themselves."""

import json
from pathlib import Path

from jsrs_portal.api.app import ROUTES
from jsrs_portal.api.openapi import description

FILE = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def text() -> str:
    """Return what the file holds."""
    return json.dumps(description(ROUTES), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
