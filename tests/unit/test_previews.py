"""A look into a stranger's file: a page as a picture, or the reason why not, by a process that can do nothing else."""

import io
import os
from functools import partial

import pytest
from PIL import Image

from jsrs_portal import previews
from tests.services.filing import pdf, png

pytestmark = pytest.mark.req("R-2.6.3.3")


def jpg(**more: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (3000, 1000), (10, 90, 180)).save(file, "JPEG", **more)
    return file.getvalue()


async def test_pages_are_drawn_anew_and_small():
    for kind, content, size in (("png", png(), (300, 200)), ("jpg", jpg(), (1400, 467)), ("pdf", pdf(), None)):
        drawn = await previews.draw_page(kind, partial(bytes, content), 1)
        with Image.open(io.BytesIO(drawn)) as image:
            assert image.format == "PNG"
            assert max(image.size) <= previews.WIDEST
            assert size is None or image.size == size


async def test_what_a_camera_wrote_into_a_picture_is_not_passed_on():
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    exif[0x0112] = 6  # lies on its side
    drawn = await previews.draw_page("jpg", lambda: jpg(exif=exif), 1)
    assert b"where it was taken" not in drawn
    with Image.open(io.BytesIO(drawn)) as image:
        assert image.height > image.width


async def test_pages_are_counted():
    assert [await previews.count_pages(*one) for one in (("pdf", pdf(7)), ("png", png()), ("jpg", jpg()))] == [7, 1, 1]


def _large() -> bytes:
    file = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(file, "PNG")
    return file.getvalue()


def _locked() -> bytes:
    """Return a PDF with a password nobody knows."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(content))
        content += b"%d 0 obj%sendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<33><33>]>>\nstartxref\n%d\n%%%%EOF" % len(content)
    return content + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


@pytest.mark.parametrize(
    ("kind", "content", "page", "reason"),
    [
        ("pdf", _locked(), 1, "locked"),
        ("pdf", b"%PDF-1.7", 1, "damaged"),
        ("pdf", pdf(), 3, "no_page"),
        ("png", png()[:100], 1, "damaged"),
        ("png", jpg(), 1, "damaged"),
        ("jpg", b"", 1, "damaged"),
        ("png", png(), 2, "no_page"),
        ("png", _large(), 1, "pixels"),
    ],
)
async def test_what_cannot_be_shown_has_a_reason(kind, content, page, reason):
    with pytest.raises(previews.CannotShow) as caught:
        await previews.draw_page(kind, lambda: content, page)
    assert caught.value.reason == reason


async def test_it_knows_no_secrets(monkeypatch):
    """The process that decodes gets nothing of our environment."""
    seen: list[dict[str, str]] = []
    run = previews.subprocess.run

    def noting(*args: object, **named: object) -> object:
        seen.append(dict(named["env"]))
        return run(*args, **named)

    monkeypatch.setenv("JSRS_SECRET_KEY", "a secret")
    monkeypatch.setattr(previews.subprocess, "run", noting)
    await previews.count_pages("png", png())
    assert set(seen[0]) == {"PATH", "PYTHONPATH", "LANG"}
    assert "JSRS_SECRET_KEY" in os.environ


async def test_one_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(previews, "SECONDS", 0.01)
    with pytest.raises(TimeoutError):
        await previews.count_pages("png", png())


@pytest.mark.parametrize(("code", "raised"), [(1, OSError), (-9, previews.CannotShow), (3, previews.CannotShow)])
async def test_only_what_the_file_is_to_blame_for_is_blamed_on_it(monkeypatch, code, raised):
    def run(*args: object, **_named: object) -> object:
        return previews.subprocess.CompletedProcess(args, code, b"", b"")

    monkeypatch.setattr(previews.subprocess, "run", run)
    with pytest.raises(raised):
        await previews.count_pages("png", png())
