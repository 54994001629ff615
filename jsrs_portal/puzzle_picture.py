"""The picture of a slider puzzle, drawn from its seed: a landscape with a gap, and the piece that was cut out."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from jsrs_portal.domain.puzzles import FARTHEST, HEIGHT, NEAREST, PIECE, WIDTH

_SCALE = 2
"""Pixels per unit: sharp on a good screen."""
_SIZE = (WIDTH * _SCALE, HEIGHT * _SCALE)
_BODY = PIECE * _SCALE * 3 // 4
_KNOB = PIECE * _SCALE // 8
_KNOWN = 256
"""Pictures that a process keeps; each is asked for twice within a moment."""


@dataclass(frozen=True)
class Picture:
    """Two WebP files, and where the piece belongs: ``x`` is the secret, ``y`` is told."""

    ground: bytes
    piece: bytes
    x: int
    y: int


def place(seed: str) -> tuple[int, int]:
    """Return where the piece of ``seed`` belongs (left, top), in the slider's units."""
    numbers = _numbers(seed)
    return NEAREST + next(numbers) % (FARTHEST - NEAREST + 1), 8 + next(numbers) % (HEIGHT - PIECE - 15)


@lru_cache(maxsize=_KNOWN)
def draw(seed: str) -> Picture:
    """Return the picture of ``seed``, always the same. It takes some ten milliseconds: call it in a thread."""
    x, y = place(seed)
    numbers = _numbers(f"{seed}/landscape")
    whole = _landscape(numbers)
    mask = _outline(numbers)
    corner = (x * _SCALE, y * _SCALE)
    cut = whole.crop((*corner, corner[0] + PIECE * _SCALE, corner[1] + PIECE * _SCALE)).convert("RGBA")
    cut.putalpha(mask)
    _edge(cut, mask)
    _gap(whole, mask, corner, depth=150)
    decoy = (8 + next(numbers) % (NEAREST - 40), 8 + next(numbers) % (HEIGHT - PIECE - 15))
    _gap(whole, mask.rotate(90), (decoy[0] * _SCALE, decoy[1] * _SCALE), depth=45)
    return Picture(_webp(whole), _webp(cut), x, y)


def _numbers(seed: str) -> Iterator[int]:
    """Yield 16-bit numbers that only who knows ``seed`` can know."""
    stream = hashlib.shake_256(seed.encode()).digest(4096)
    for start in range(0, len(stream), 2):
        yield int.from_bytes(stream[start : start + 2])


def _landscape(numbers: Iterator[int]) -> Image.Image:
    """Draw a sky, a sun, hills in front of each other, and drops of light that no two pictures share."""
    width, height = _SIZE
    top, bottom = (168 + next(numbers) % 40, 205, 236), (236, 226 + next(numbers) % 20, 206)
    ground = Image.new("RGB", _SIZE)
    drawing = ImageDraw.Draw(ground)
    for row in range(height):
        share = row / height
        drawing.line(
            [(0, row), (width, row)], tuple(int(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        )
    sun = (next(numbers) % width, next(numbers) % (height // 2))
    drawing.ellipse([sun[0] - 30, sun[1] - 30, sun[0] + 30, sun[1] + 30], fill=(250, 214, 140))
    hills = 5
    for hill in range(hills):
        share = hill / (hills - 1)
        colour = tuple(
            int(far + (near - far) * share) + next(numbers) % 18
            for far, near in zip((150, 186, 205), (38, 92, 110), strict=True)
        )
        base, waves = (
            height * (0.35 + 0.13 * hill),
            [(next(numbers) % 60 + 40, next(numbers) % 628 / 100) for _ in "ab"],
        )
        line = [
            (column, base + sum(14 * math.sin(column / length + phase) for length, phase in waves))
            for column in range(0, width + 8, 8)
        ]
        drawing.polygon([(0, height), *line, (width, height)], fill=colour)
    light = Image.new("RGBA", _SIZE)
    drops = ImageDraw.Draw(light)
    for _ in range(40):
        left, above, radius = next(numbers) % width, next(numbers) % height, 4 + next(numbers) % 20
        shade = (255, 255, 255, 30) if next(numbers) % 2 else (16, 48, 90, 34)
        drops.ellipse([left - radius, above - radius, left + radius, above + radius], fill=shade)
    return Image.alpha_composite(ground.convert("RGBA"), light).convert("RGB")


def _outline(numbers: Iterator[int]) -> Image.Image:
    """Draw the piece's shape: a square with a knob above and another at one side, or a dent there."""
    full, body, knob = PIECE * _SCALE, _BODY, _KNOB
    mask = Image.new("L", (full, full), 0)
    drawing = ImageDraw.Draw(mask)
    left, top = (full - body) // 2, (full - body) // 2
    drawing.rounded_rectangle([left, top, left + body, top + body], radius=8, fill=255)
    for side, (across, down) in enumerate(((full // 2, top), (left + body, full // 2), (full // 2, top + body))):
        outward = side == 0 or next(numbers) % 2
        shift = -1 if outward else -knob // 3
        across += shift if side == 1 else 0
        down += -shift if side == 0 else shift if side == 2 else 0
        drawing.ellipse([across - knob, down - knob, across + knob, down + knob], fill=255 if outward else 0)
    return mask.filter(ImageFilter.GaussianBlur(0.8))


def _edge(piece: Image.Image, mask: Image.Image) -> None:
    """Give the piece a light rim, so that it is seen on any ground."""
    rim = ImageChops.subtract(mask, mask.filter(ImageFilter.MinFilter(7)))
    piece.paste((255, 255, 255, 255), (0, 0), rim)


def _gap(whole: Image.Image, mask: Image.Image, corner: tuple[int, int], *, depth: int) -> None:
    """Darken the ground where a piece was cut out; ``depth`` (0 to 255) says how much."""
    shadow = Image.new("RGB", mask.size, (12, 28, 52))
    whole.paste(shadow, corner, mask.point([level * depth // 255 for level in range(256)]))


def _webp(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=82, method=2)
    return file.getvalue()
