"""The agreements that registrations ask consent to, one file per version (R-2.2.1)."""

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Agreement:
    """An agreement's title, version and sections (heading, text)."""

    title: str
    version: str
    sections: tuple[tuple[str, str], ...]


def read_agreement(key: str, version: str) -> Agreement:
    """Return the agreement ``key`` in ``version``; raise ``FileNotFoundError`` for one that was never in force."""
    text = files(__name__).joinpath(f"{key}.{version}.txt").read_text(encoding="utf-8")
    title, *parts = text.split("\n## ")
    sections = tuple((heading.strip(), body.strip()) for heading, _, body in (p.partition("\n") for p in parts))
    return Agreement(title.strip(), version, sections)
