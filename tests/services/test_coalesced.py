"""Sessions that are looked up at the same moment cost one statement together, and nobody gets an older answer."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from jsrs_portal.access.coalesced import AT_ONCE, MOST, Coalesced


class Book:
    """A service that finds what stands in it, when it is let."""

    def __init__(self) -> None:
        """Begin empty, and let everybody."""
        self.pages: dict[str, int] = {}
        self.asked: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.fails = False

    async def find(self, _session: object, *, keys: Sequence[str]) -> dict[str, int]:
        """Read first, answer later."""
        self.asked.append(list(keys))
        found = {key: self.pages[key] for key in keys if key in self.pages}
        await self.open.wait()
        if self.fails:
            raise OSError("the disk")
        return found


async def asked(book: Book, times: int) -> None:
    """Wait until the book has been asked that often."""
    for _ in range(10_000):
        if len(book.asked) >= times:
            return
        await asyncio.sleep(0)
    raise AssertionError(book.asked)


@pytest.fixture
def book(database) -> Book:
    return Book()


async def test_those_who_ask_at_the_same_moment_are_answered_by_one_statement(book: Book):
    book.pages = {str(number): number for number in range(MOST + 50)}
    together = Coalesced(book.find)
    found = await asyncio.gather(*(together.ask(str(number)) for number in range(MOST + 100)))
    assert found == [*range(MOST + 50), *[None] * 50]
    assert [len(keys) for keys in book.asked] == [MOST, 100]
    assert await asyncio.gather(*(together.ask("1") for _ in range(30))) == [1] * 30
    assert book.asked[2:] == [["1"]]


async def test_nobody_gets_the_answer_to_a_question_that_was_under_way_before(book: Book):
    together = Coalesced(book.find)
    book.open.clear()
    before = asyncio.create_task(together.ask("key"))
    await asked(book, 1)
    book.pages["key"] = 7
    after = asyncio.create_task(together.ask("key"))
    await asyncio.sleep(0.05)
    book.open.set()
    assert (await before, await after) == (None, 7)


async def test_one_that_is_slow_holds_up_nobody_until_there_are_several(book: Book):
    book.pages = {"slow": 1, "other": 2}
    together = Coalesced(book.find)
    book.open.clear()
    slow = asyncio.create_task(together.ask("slow"))
    await asked(book, 1)
    book.open.set()
    assert await asyncio.wait_for(together.ask("other"), 5) == 2
    assert await slow == 1
    book.open.clear()
    held = []
    for number in range(AT_ONCE):
        held.append(asyncio.create_task(together.ask(f"slow {number}")))
        await asked(book, 3 + number)
    waiting = [asyncio.create_task(together.ask(f"late {number}")) for number in range(20)]
    await asyncio.sleep(0.05)
    assert len(book.asked) == 2 + AT_ONCE
    book.open.set()
    await asyncio.gather(*held, *waiting)
    assert len(book.asked) == 3 + AT_ONCE


async def test_a_failure_is_everybodys_and_the_next_question_is_asked_anew(book: Book):
    book.pages, book.fails = {"key": 1}, True
    together = Coalesced(book.find)
    found = await asyncio.gather(*(together.ask("key") for _ in range(3)), together.ask("x"), return_exceptions=True)
    assert [type(one) for one in found] == [OSError] * 4
    book.fails = False
    assert await together.ask("key") == 1


async def test_who_leaves_meanwhile_takes_nobody_along(book: Book):
    book.pages = {"key": 1}
    together = Coalesced(book.find)
    book.open.clear()
    gone = asyncio.create_task(together.ask("key"))
    stays = asyncio.create_task(together.ask("key"))
    await asyncio.sleep(0.02)
    gone.cancel()
    book.open.set()
    assert await stays == 1


async def test_who_asks_as_the_last_ones_end_is_answered_too(book: Book, monkeypatch: pytest.MonkeyPatch):
    """In the very turn of the loop in which all that were on their way have come to their end."""
    together, end = Coalesced(book.find), asyncio.Event()

    async def answer(waiting: Mapping[str, "asyncio.Future[int]"], _keys: Sequence[str]) -> None:
        await end.wait()
        for one in waiting.values():
            one.set_result(1)

    monkeypatch.setattr(together, "_answer", answer)
    first = []
    for number in range(AT_ONCE):
        first.append(asyncio.create_task(together.ask(str(number))))
        await asyncio.sleep(0.01)
    end.set()
    late = asyncio.create_task(together.ask("late"))
    assert await asyncio.wait_for(asyncio.gather(*first, late), 5) == [1] * (AT_ONCE + 1)
