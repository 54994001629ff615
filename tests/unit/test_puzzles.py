"""The slider puzzle's rules: where the piece belongs, and what counts as a movement (R-2.5.2)."""

import io
from datetime import timedelta

import pytest
from PIL import Image, ImageChops, ImageStat

from jsrs_portal import puzzle_picture
from jsrs_portal.domain.puzzles import FARTHEST, HEIGHT, LEEWAY, NEAREST, PIECE, WIDTH, is_solved, read_trail
from tests.support.hands import Trail, even, hand, keys

pytestmark = pytest.mark.req("R-2.5.2")
TARGET, LONG = 180, timedelta(seconds=40)


def solved(trail: Trail, target: int = TARGET, elapsed: timedelta = LONG) -> bool:
    read = read_trail(trail)
    return read is not None and is_solved(read, target=target, elapsed=elapsed)


@pytest.mark.parametrize("target", [NEAREST, TARGET, FARTHEST])
@pytest.mark.parametrize("move", [hand, keys])
def test_a_hand_and_keys_solve_it(move, target):
    assert solved(move(target), target)


@pytest.mark.parametrize(
    ("off", "right"), [(0, True), (LEEWAY, True), (-LEEWAY, True), (LEEWAY + 1, False), (-6, False)]
)
def test_only_where_the_piece_belongs(off, right):
    assert solved(hand(TARGET + off)) is right


@pytest.mark.parametrize(
    "trail",
    [
        even(TARGET),
        even(TARGET, took=4000, steps=200),
        even(TARGET, jitter=3),
        even(TARGET, steps=6),
        hand(TARGET, took=200),
        [[0, 0]] * 6,
        [[0, TARGET]] * 10,
        [[0, 0], [5, 0], [10, 0], [15, 0], [20, 0], [20, TARGET]],
        [[400 - at, x] for at, x in hand(TARGET, took=400)],
        [[at, x] for at, x in hand(TARGET) if x > 60],
    ],
    ids=[
        "loop",
        "slow loop",
        "loop with jitter",
        "few steps",
        "too fast",
        "stays",
        "begins there",
        "jumps",
        "backwards",
        "late",
    ],
)
def test_what_no_hand_does_is_refused(trail):
    assert not solved(trail)


def test_nobody_moved_it_for_longer_than_it_was_there():
    assert solved(hand(TARGET, took=3000), elapsed=timedelta(seconds=3))
    assert not solved(hand(TARGET, took=3000), elapsed=timedelta(seconds=2))


@pytest.mark.parametrize(
    "payload",
    [None, "x", {}, [], [[0, 0]] * 3, [[0, 0]] * 601, [[0, 0, 0]] * 8, [[0, -1]] * 8, [[0, FARTHEST + 1]] * 8,
     [[-1, 0]] * 8, [[60_001, 0]] * 8, [[0.5, 1]] * 8, [["0", 1]] * 8, [[True, 1]] * 8, [0] * 8, [[10**30, 1]] * 8],
)  # fmt: skip
def test_what_no_page_sends_is_no_movement(payload):
    assert read_trail(payload) is None


def test_a_seed_always_draws_the_same_and_another_something_else():
    first = puzzle_picture.draw("a seed")
    puzzle_picture.draw.cache_clear()
    assert puzzle_picture.draw("a seed") == first
    assert puzzle_picture.draw("another") != first


@pytest.mark.parametrize("seed", [f"seed {n}" for n in range(20)])
def test_the_piece_fits_into_its_gap_and_nowhere_near_the_left(seed):
    found = puzzle_picture.draw(seed)
    assert NEAREST <= found.x <= FARTHEST
    assert 0 <= found.y <= HEIGHT - PIECE
    ground = Image.open(io.BytesIO(found.ground)).convert("RGB")
    piece = Image.open(io.BytesIO(found.piece)).convert("RGBA")
    assert ground.size == (2 * WIDTH, 2 * HEIGHT)
    gap = ground.crop((found.x * 2, found.y * 2, (found.x + PIECE) * 2, (found.y + PIECE) * 2))
    mask = piece.getchannel("A").point([255 if level > 250 else 0 for level in range(256)])
    darker = ImageStat.Stat(ImageChops.subtract(piece.convert("L"), gap.convert("L")), mask).mean[0]
    assert darker > 25, "the gap is seen"
    assert len(found.ground) + len(found.piece) < 20_000


def test_where_it_belongs_is_spread_over_the_whole_way():
    places = [puzzle_picture.place(f"seed {n}")[0] for n in range(400)]
    assert min(places) < NEAREST + 8
    assert max(places) > FARTHEST - 8
    assert max(places.count(place) for place in places) < 12
