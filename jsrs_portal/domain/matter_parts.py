"""What every part of a matter's file is made of: strict frozen models and the short texts in them (rule 4)."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", min_length=2, max_length=60)]
"""A name in files and addresses: lower-case letters and digits, parts joined by ``-`` or ``_``."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\n]+$")]
"""A name or title: one line."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
"""A sentence or a few."""

Phone = Annotated[str, StringConstraints(pattern=r"^[0-9][0-9-]{2,18}[0-9]$")]
"""A telephone number as it is dialled, e.g. ``12333`` or ``025-83276000``."""

Url = Annotated[
    str, StringConstraints(pattern=r"^(https?://[A-Za-z0-9.-]+(:[0-9]+)?(/\S*)?|/[^\s/]\S*)$", max_length=300)
]
"""An address elsewhere (http, https) or a path of the hall; nothing that a browser would execute."""

RegionCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
"""行政区划代码 (GB/T 2260)."""

Scalar = bool | int | float | date | str
"""A value as it stands in a file or in an answer."""


class Part(BaseModel):
    """A part of a file: unknown fields are refused, values keep their kind, nothing changes afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def repeated(values: "list[str] | tuple[str, ...]") -> list[str]:
    """Return what occurs more than once in ``values``, each once, in order of its second appearance."""
    seen: set[str] = set()
    found: list[str] = []
    for value in values:
        if value in seen and value not in found:
            found.append(value)
        seen.add(value)
    return found
