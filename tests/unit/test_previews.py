"""A look into a stranger's file: a page as a picture, or the reason why not, by a process that can do nothing else."""

import io
import os
import struct
import zlib
from functools import partial

import pytest
from PIL import Image

from jsrs_portal import previews
from tests.services.filing import pdf, png, scripted, written

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
    return written(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"11" * 32 + b">/U<" + b"22" * 32 + b">>>",
        trailer=b"/Encrypt 4 0 R/ID[<33><33>]",
    )


def _packed(action: bytes) -> bytes:
    """Return a PDF whose catalog and action nobody sees who does not unpack them, as programs write it now."""
    objects = b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>", action
    heads = b"1 0 4 %d " % (len(objects[0]) + 1)
    held = zlib.compress(heads + b" ".join(objects))
    content, places = b"%PDF-1.7\n", {}
    for number, part in {
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        5: b"<</Type/ObjStm/N 2/First %d/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (len(heads), len(held), held),
    }.items():
        places[number] = len(content)
        content += b"%d 0 obj%sendobj\n" % (number, part)
    start = len(content)
    rows = [(0, 0, 0), (2, 5, 0), (1, places[2], 0), (1, places[3], 0), (2, 5, 1), (1, places[5], 0), (1, start, 0)]
    table = b"".join(struct.pack(">BHB", *row) for row in rows)
    head = b"6 0 obj<</Type/XRef/Size 7/W[1 2 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    return content + head + table + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % start


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        (scripted(), False),
        (scripted(b"<</S/Java#53cript/J#53(x)>>"), False),
        (scripted(b"<</S/Launch/F(cmd.exe)>>"), False),
        (scripted(b"<</S/GoToE/T<</R/C/N(a)>>>>"), False),
        (scripted(b"<</S/GoTo/D[3 0 R/Fit]>>", b"/AcroForm<</XFA[]>>"), False),
        (scripted(b"<</S/GoTo/D[3 0 R/Fit]>>", b"/Names<</EmbeddedFiles<</Names[(a)<</EF<<>>>>]>>>>"), False),
        (scripted(b"<</S/GoTo/D[3 0 R/Fit]>>", b"/x/stream"), True),
        (scripted(b"<</S/JavaScript/JS(x)>>", b"/Lang(a>>stream\r\n)"), False),
        (_packed(b"<</S/JavaScript/JS(x)>>"), False),
        (_packed(b"<</S/GoTo/D[3 0 R/Fit]>>"), True),
        (scripted(b"<</S/URI/URI(https://www.example.com/JavaScript)>>"), True),
        (scripted(b"<</S/URI/URI(see \\(a\\) /JS )>>"), True),
        (pdf(), True),
    ],
)
async def test_a_pdf_in_which_something_runs_is_not_taken(content, taken):
    if taken:
        assert await previews.count_pages("pdf", content) >= 1
        return
    with pytest.raises(previews.CannotShow) as caught:
        await previews.count_pages("pdf", content)
    assert caught.value.reason == "active"


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
