"""Looking into files that strangers hand in: how many pages, and a page as a picture, in a process of its own.

Decoders of pictures and PDF are large programs in C, and what they read here is chosen by whoever uploads it. So each
look is a process that knows no keys, has a limit on memory, time and what it may write, and ends with its answer. What
comes out is drawn anew: nothing of the original but its pixels. Starting it takes some 200 ms.
"""

import asyncio
import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from jsrs_portal.turns import Turns

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

SECONDS = 12
CPU_SECONDS = 5
"""What needs so long is no document; what only waits may have a little more."""
WIDEST = 1400
"""Pixels of a page's longer side."""
MOST_PIXELS = 80_000_000
_MEMORY = 1024 * 1024 * 1024
_PROBLEMS = {3: "damaged", 4: "locked", 5: "pixels", 6: "no_page", 7: "active"}
_turns = Turns(2)


class CannotShow(Exception):
    """The file cannot be looked into; ``reason`` is damaged, locked, pixels, no_page or active."""

    def __init__(self, reason: str) -> None:
        """Take the reason."""
        super().__init__(reason)
        self.reason = reason


async def count_pages(kind: str, content: bytes) -> int:
    """Return how many pages a pdf, jpg or png has; none of a pdf in which something runs.

    Raises :class:`CannotShow`; ``TimeoutError`` when it takes too long and ``OSError`` when it is not the file's fault.
    """
    return int(await _look(kind, "count", content))


async def draw_page(kind: str, read: Callable[[], bytes], page: int) -> bytes:
    """Return page ``page`` (from 1) of what ``read`` returns as PNG. Errors as :func:`count_pages`.

    It is read when its turn has come: who waits holds no content.
    """
    async with _turns():
        return await asyncio.to_thread(lambda: _run(kind, str(page), read()))


async def _look(kind: str, what: str, content: bytes) -> bytes:
    async with _turns():
        return await asyncio.to_thread(_run, kind, what, content)


def _run(kind: str, what: str, content: bytes) -> bytes:
    command = [sys.executable, "-m", "jsrs_portal.previews", kind, what]
    found = os.pathsep.join(path for path in sys.path if path)
    environment = {"PATH": os.defpath, "PYTHONPATH": found, "LANG": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=content,
            capture_output=True,
            env=environment,
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    if done.returncode in _PROBLEMS or done.returncode < 0:  # ended by a limit, or by what it read
        raise CannotShow(_PROBLEMS.get(done.returncode, "damaged"))
    if done.returncode:
        raise OSError(f"a look into a file failed: {done.returncode}")
    return done.stdout


# In the process of its own


def _limit() -> None:
    """Allow so much memory and time, no file to be written and no program to be started."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


def _pdf(content: bytes, page: str) -> bytes:
    import pypdfium2

    from jsrs_portal.domain.pdf_names import runs

    try:
        document = pypdfium2.PdfDocument(content)
        if page == "count":
            if document.count_attachments() or runs(_written_anew(document)):
                raise SystemExit(7)
            return str(len(document)).encode()
        if not 0 < int(page) <= len(document):
            raise SystemExit(6)
        found = document[int(page) - 1]
        scale = min(WIDEST / max(*found.get_size(), 1.0), 4.0)
        return _png(found.render(scale=scale, may_draw_forms=False).to_pil())
    except pypdfium2.PdfiumError as error:
        raise SystemExit(4 if "password" in str(error).lower() else 3) from None


def _written_anew(document: "PdfDocument") -> bytes:
    """Return the document with every object in plain sight: none in a packed stream, none encrypted."""
    import pypdfium2.raw

    file = io.BytesIO()
    document.save(file, flags=pypdfium2.raw.FPDF_REMOVE_SECURITY)
    return file.getvalue()


def _picture(kind: str, content: bytes, page: str) -> bytes:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own limit, told in words
    with Image.open(io.BytesIO(content), formats=["JPEG" if kind == "jpg" else "PNG"]) as found:
        if found.width * found.height > MOST_PIXELS:
            raise SystemExit(5)
        if page not in ("count", "1"):
            raise SystemExit(6)
        found.draft("RGB", (WIDEST, WIDEST))
        found.load()
        shown = ImageOps.exif_transpose(found)
        shown.thumbnail((WIDEST, WIDEST))
        return b"1" if page == "count" else _png(shown.convert("RGB"))


def _png(image: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    return file.getvalue()


def _main(kind: str, page: str) -> None:
    _limit()
    content = sys.stdin.buffer.read()
    try:
        answer = _pdf(content, page) if kind == "pdf" else _picture(kind, content, page)
    except MemoryError:
        raise SystemExit(5) from None
    except (OSError, ValueError, SyntaxError, ArithmeticError, TypeError, KeyError, IndexError):
        raise SystemExit(3) from None
    sys.stdout.buffer.write(answer)


if __name__ == "__main__":
    _main(*sys.argv[1:3])
