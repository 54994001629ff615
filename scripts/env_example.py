"""Writes .env.example from the settings, so that it lists every one; run by ``make env-example``."""

import json
from pathlib import Path
from typing import Any

from jsrs_portal.settings import ROOT, Settings

_HEAD = """# Every setting with its default. Copy to .env and change what differs; production refuses demo values.
# Several keys are a JSON object (id -> secret); durations are in seconds unless the name says otherwise.
"""


def _plain(value: Any) -> str:
    if hasattr(value, "get_secret_value"):
        return value.get_secret_value()
    if isinstance(value, dict):
        return json.dumps({name: _plain(secret) for name, secret in value.items()})
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Path):
        return f"./{value.relative_to(ROOT)}"
    return str(value)


def example() -> str:
    """Return the file's text."""
    lines = [_HEAD]
    for name, field in Settings.model_fields.items():
        key = field.validation_alias or f"JSRS_{name.upper()}"
        lines.append(f"# {field.description}\n#{key}={_plain(field.default)}\n")
    return "\n".join(lines)


if __name__ == "__main__":
    (ROOT / ".env.example").write_text(example(), encoding="utf-8")
