"""What the driver of a CA's key does between a PIN and a signature (R-2.4.2)."""

import asyncio
import base64
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from jsrs_portal.ca_driver import desk, pin, protocol
from jsrs_portal.ca_driver.desk import Desk
from jsrs_portal.ca_driver.keys import Certificate, Holder, Key, KeyFault
from jsrs_portal.ca_driver.pin import Question
from tests.support.driver import SITE, self_signed

pytestmark = pytest.mark.req("R-2.4.2")
CERTIFICATE = Certificate(self_signed("单位").certificate)
TEXT = base64.b64encode(b"JSRS-CA-LOGIN|localhost:3000|c1|x|y").decode()


class Held(Key, Holder):
    """A key that signs by saying which PIN it got; ``slow`` keeps a signature waiting."""

    sign_certificate = CERTIFICATE
    exchange_certificate = None

    def __init__(self) -> None:
        self.slow: threading.Event | None = None
        self.fault = ""

    def held(self) -> list[Key]:
        return [self]

    def tries_left(self) -> int:
        return 3

    def check(self, pin: str) -> None:
        if self.fault:
            raise KeyFault(self.fault)

    def sign(self, pin: str, data: bytes) -> bytes:
        if self.slow:
            self.slow.wait(5)
        return pin.encode()


class Person:
    """Whoever is asked for the PIN."""

    def __init__(self, *answers: str | None) -> None:
        self.answers, self.asked = list(answers), []
        self.thinks = asyncio.Event()
        self.thinks.set()

    async def __call__(self, question: Question) -> str | None:
        self.asked.append(question)
        await self.thinks.wait()
        return self.answers.pop(0)


@pytest.fixture
def key() -> Held:
    return Held()


def _asks(served: Desk, origin: str = SITE) -> Callable[..., Any]:
    async def ask(name: str, **given: Any) -> Any:
        request = protocol.Request(name, CERTIFICATE.id, "", "", given.get("data", ""), 0)
        return await served.serve(origin, request)

    return ask


async def test_who_says_no_has_signed_nothing(key: Held) -> None:
    said: list[str] = []
    person = Person(None)
    ask = _asks(Desk([key], person, said.append))
    assert (await ask("SOF_Login"))["rtn"] == protocol.CANCELLED
    assert (await ask("SOF_SignData", data=TEXT))["rtn"] == protocol.NOT_LOGGED_IN
    assert person.asked == [Question(SITE, "单位", "单位", 3, True)]
    assert "已取消。" in said


@pytest.mark.parametrize(("why", "told"), [(pin.Unasked, protocol.NO_WINDOW), (pin.Unanswered, protocol.UNANSWERED)])
async def test_who_could_not_be_asked_and_who_did_not_answer_have_not_said_no(
    key: Held, why: type[Exception], told: int
) -> None:
    async def nobody(_question: Question) -> str | None:
        raise why

    ask = _asks(Desk([key], nobody, lambda _: None))
    assert (await ask("SOF_Login"))["rtn"] == told
    assert (await ask("SOF_SignData", data=TEXT))["rtn"] == protocol.NOT_LOGGED_IN


async def test_a_second_window_is_not_opened_over_the_first(key: Held) -> None:
    person = Person("1", "2")
    ask = _asks(Desk([key], person, lambda _: None))
    person.thinks.clear()
    first = asyncio.create_task(ask("SOF_Login"))
    while not person.asked:
        await asyncio.sleep(0)
        await asyncio.sleep(0.005)
    assert (await ask("SOF_Login"))["rtn"] == protocol.FAILED
    person.thinks.set()
    assert (await first)["rtn"] == protocol.OK
    assert len(person.asked) == 1


async def test_a_pin_is_the_asking_sites_alone(key: Held) -> None:
    served = Desk([key], Person("1"), lambda _: None)
    assert (await _asks(served)("SOF_Login"))["rtn"] == protocol.OK
    other = base64.b64encode(b"JSRS-CA-LOGIN|other.example|c1|x|y").decode()
    refused = await _asks(served, "https://other.example")("SOF_SignData", data=other)
    assert refused["rtn"] == protocol.NOT_LOGGED_IN


async def test_a_pin_that_waits_too_long_is_forgotten(key: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PIN_SECONDS", 0.05)
    ask = _asks(Desk([key], Person("1", "2"), lambda _: None))
    await ask("SOF_Login")
    await asyncio.sleep(0.1)
    assert (await ask("SOF_SignData", data=TEXT))["rtn"] == protocol.NOT_LOGGED_IN


async def test_the_end_of_one_pin_is_not_the_end_of_the_next(key: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "PIN_SECONDS", 1.5)
    ask = _asks(Desk([key], Person("1", "2"), lambda _: None))
    await ask("SOF_Login")
    await asyncio.sleep(1.2)
    await ask("SOF_Login")
    await asyncio.sleep(0.4)
    signed = await ask("SOF_SignData", data=TEXT)
    assert base64.b64decode(signed["outData"]) == b"2"


async def test_a_slow_key_keeps_nobody_waiting_but_keys(key: Held) -> None:
    ask = _asks(Desk([key], Person("1"), lambda _: None))
    await ask("SOF_Login")
    key.slow = threading.Event()
    signing = asyncio.create_task(ask("SOF_SignData", data=TEXT))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(20):  # the key is slow until it is told otherwise
        assert (await ask("SOF_GetVersion"))["rtn"] == protocol.OK
    assert not signing.done()
    key.slow.set()
    assert (await signing)["rtn"] == protocol.OK


async def test_a_key_that_hangs_is_given_up(key: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    ask = _asks(Desk([key], Person("1"), said.append))
    await ask("SOF_Login")
    monkeypatch.setattr(desk, "KEY_SECONDS", 0.05)
    key.slow = threading.Event()
    assert (await ask("SOF_SignData", data=TEXT))["rtn"] == protocol.FAILED
    assert "重新插拔" in said[-1]
    key.slow.set()


async def test_a_fault_is_told_in_the_terminal_and_not_to_the_page(key: Held) -> None:
    said: list[str] = []
    key.fault = "USB Key 报错：DeviceError"
    answer = await _asks(Desk([key], Person("1"), said.append))("SOF_Login")
    assert answer == {"rtn": protocol.FAILED}
    assert key.fault in said


async def test_a_pin_is_in_no_representation() -> None:
    assert "246810" not in repr(desk._Pin("246810"))


async def test_a_window_that_nobody_answers_is_closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """With an interpreter that waits for ever in the window's place."""
    hanging = tmp_path / "python"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(pin.sys, "executable", str(hanging))
    monkeypatch.setattr(pin, "PATIENCE", 0.2)
    began = time.monotonic()
    with pytest.raises(pin.Unanswered):
        await pin.ask_person(Question(SITE, "x", "y", 3, True))
    assert time.monotonic() - began < 30
