"""The CA's driver over a socket: a real PKCS#11 token, SM2 keys in files, and whom it must not serve (R-2.4.2)."""

import base64
import dataclasses
import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gmssl_pyx
import httpx
import pkcs11
import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from jsrs_portal.ca_driver import VERSION, protocol
from jsrs_portal.ca_driver.keys import BEIJING, Certificate, NoKey, PinLocked, PinWrong
from jsrs_portal.ca_driver.pin import Question
from jsrs_portal.ca_driver.tokens import TokenKey
from tests.support.driver import ROOT, SITE, Driver, Made, rsa_folder, running, self_signed, sm2_folder
from tests.support.servers import free_port
from tests.support.token import PIN, Token, new_token

pytestmark = pytest.mark.req("R-2.4.2")
TEXT = "JSRS-CA-LOGIN|localhost:3000|c1|c2VjcmV0|2026-11-28T03:00:00Z"


@dataclasses.dataclass(frozen=True)
class World:
    """A token with a pair of certificates, a folder with SM2 and RSA keys, and the driver that has both."""

    driver: Driver
    token: Token
    folder: Path
    unit: Made
    exchange: Made
    sm2: bytes


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("ca")
    token, folder = new_token(place / "token"), place / "keys"
    unit, exchange = self_signed("南京单位"), self_signed("南京单位", encrypts=True)
    token.put(certificate=unit.certificate, private_key=unit.private_key)
    token.put(certificate=exchange.certificate, private_key=exchange.private_key, number=2)
    sm2 = sm2_folder(folder / "sm2", name="Guomi", pin=PIN)
    (folder / "sm2" / "name.txt").write_text("国密||单位\n", encoding="utf-8")
    only = self_signed("仅加密", encrypts=True)
    (folder / "encrypts").mkdir()
    (folder / "encrypts" / "encrypt.cert.der").write_bytes(only.certificate)
    with running("--module", token.module, "--keys", str(folder), pin=PIN, **token.environment) as driver:
        yield World(driver, token, folder, unit, exchange, sm2)


def _verifies(certificate: bytes, signature: str, text: str = TEXT) -> None:
    key = x509.load_der_x509_certificate(certificate).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    key.verify(base64.b64decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())


# What it does for a site that is allowed


def test_the_version_is_said(world: World) -> None:
    assert world.driver.call("SOF_GetVersion") == {"rtn": 0, "outData": VERSION}


def test_a_tokens_pair_of_certificates_is_one_key_and_separators_in_names_are_none(world: World) -> None:
    ids = world.driver.ids()
    assert set(ids) == {"南京单位", "国密｜单位", "仅加密"}
    exported = world.driver.call("SOF_ExportUserCert", certID=ids["南京单位"])["outData"]
    assert base64.b64decode(exported) == world.unit.certificate
    other = world.driver.call("SOF_ExportExChangeUserCert", certID=ids["南京单位"])["outData"]
    assert base64.b64decode(other) == world.exchange.certificate
    assert world.driver.call("SOF_ExportUserCert", certID=ids["仅加密"])["outData"] == ""


def test_certificates_are_described(world: World) -> None:
    der = base64.b64encode(world.unit.certificate).decode()
    said = {kind: world.driver.call("SOF_GetCertInfo", cert=der, type=kind) for kind in (0x21, 0x22, 0x31, 0x10008)}
    until = x509.load_der_x509_certificate(world.unit.certificate).not_valid_after_utc
    assert said[0x21]["outData"] == said[0x31]["outData"] == "南京单位"
    assert said[0x22]["outData"] == "测试 CA"
    assert said[0x10008]["outData"] == f"{until.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    assert world.driver.call("SOF_GetCertInfo", cert=der, type=0x99)["rtn"] == protocol.INVALID
    assert world.driver.call("SOF_GetCertInfo", cert="AAAA", type=0x21)["rtn"] == protocol.INVALID


def test_a_token_signs_by_rsa(world: World) -> None:
    key = world.driver.ids()["南京单位"]
    signed = world.driver.sign(key, TEXT)
    assert signed["rtn"] == 0
    _verifies(world.unit.certificate, signed["outData"])


def test_text_is_signed_as_utf8(world: World) -> None:
    text = TEXT + "|南京"
    signed = world.driver.sign(world.driver.ids()["南京单位"], text)
    _verifies(world.unit.certificate, signed["outData"], text)


def test_a_file_signs_by_sm2(world: World) -> None:
    signed = world.driver.sign(world.driver.ids()["国密｜单位"], TEXT)
    assert signed["rtn"] == 0
    public = bytes(asn1.Certificate.load(world.sm2).public_key["public_key"].native)[1:]
    signature = base64.b64decode(signed["outData"])
    assert gmssl_pyx.sm2_verify(public, TEXT.encode(), signature)
    assert not gmssl_pyx.sm2_verify(public, (TEXT + "x").encode(), signature)


def test_a_file_without_a_pin_signs_by_rsa(tmp_path: Path) -> None:
    made = self_signed("软证书")
    rsa_folder(tmp_path / "keys" / "one", made)
    with running("--keys", str(tmp_path / "keys"), pin="") as driver:
        signed = driver.sign(driver.ids()["软证书"], TEXT)
    _verifies(made.certificate, signed["outData"])


def test_an_encryption_certificate_signs_nothing(world: World) -> None:
    assert world.driver.sign(world.driver.ids()["仅加密"], TEXT)["rtn"] == protocol.INVALID


def test_a_pin_is_good_for_one_signature(world: World) -> None:
    key, data = world.driver.ids()["南京单位"], base64.b64encode(TEXT.encode()).decode()
    assert world.driver.call("SOF_SignData", certID=key, inData=data)["rtn"] == protocol.NOT_LOGGED_IN
    assert world.driver.sign(key, TEXT)["rtn"] == 0
    assert world.driver.call("SOF_SignData", certID=key, inData=data)["rtn"] == protocol.NOT_LOGGED_IN
    assert world.driver.call("SOF_GetLastError")["outData"] == protocol.NOT_LOGGED_IN


def test_a_key_that_was_pulled_out_is_missed(world: World) -> None:
    assert world.driver.sign("0" * 32, TEXT)["rtn"] == protocol.NO_KEY
    with running("--keys", str(world.folder.parent / "token" / "tokens")) as driver:
        assert driver.call("SOF_GetUserList") == {"rtn": 0, "outData": ""}


# What it does not sign, and whom it does not serve


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("localhost:3000", "localhost"),
        TEXT.replace("localhost:3000", "localhost:3001"),
        TEXT.replace("localhost:3000", "evil.example"),
        "合同 " + TEXT,
        TEXT.lower(),
        TEXT + "\n并同意付款",
        TEXT + "x" * 1024,
        "",
    ],
)
def test_what_is_no_login_to_the_asking_site_is_refused_and_uses_the_pin_up(world: World, text: str) -> None:
    key = world.driver.ids()["南京单位"]
    assert world.driver.sign(key, text)["rtn"] == protocol.TEXT_REFUSED
    data = base64.b64encode(TEXT.encode()).decode()
    assert world.driver.call("SOF_SignData", certID=key, inData=data)["rtn"] == protocol.NOT_LOGGED_IN


def test_bytes_that_are_no_text_are_refused(world: World) -> None:
    key = world.driver.ids()["南京单位"]
    for data in ("not base64!", base64.b64encode(TEXT.encode("utf-16")).decode()):
        assert world.driver.call("SOF_SignData", certID=key, inData=data)["rtn"] == protocol.TEXT_REFUSED


def test_a_pin_from_a_page_is_not_even_tried(world: World) -> None:
    key = world.driver.ids()["国密｜单位"]
    assert world.driver.call("SOF_Login", certID=key, passWd="000000")["rtn"] == protocol.INVALID
    assert world.driver.call("SOF_GetPinRetryCount", certID=key)["outData"] == 6


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": ""},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:3000.evil.example"},
        {"Origin": "http://localhost:3001"},
        {"Origin": "https://localhost:3000"},
        {"Origin": SITE + "/"},
    ],
)
def test_other_sites_and_who_names_none_get_nothing(world: World, headers: dict[str, str]) -> None:
    for name in ("SOF_GetVersion", "SOF_GetUserList", "SOF_Login"):
        refused = world.driver.post(name, headers=headers)
        assert refused.status_code == 403
        assert "access-control-allow-origin" not in refused.headers
        assert VERSION not in refused.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:80", "localhost"])
def test_another_name_for_this_computer_is_refused(world: World, host: str) -> None:
    headers = {"Origin": SITE, "Host": host.format(port=world.driver.port)}
    assert world.driver.post("SOF_GetVersion", headers=headers).status_code == 403


def test_localhost_will_do(world: World) -> None:
    headers = {"Origin": SITE, "Host": f"localhost:{world.driver.port}"}
    assert world.driver.post("SOF_GetVersion", headers=headers).json()["rtn"] == 0


def _preflight(driver: Driver, origin: str) -> httpx.Response:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Private-Network": "true",
    }
    return httpx.options(driver.address, headers=headers, trust_env=False)


def test_a_preflight_lets_the_allowed_site_reach_this_network(world: World) -> None:
    allowed = _preflight(world.driver, SITE)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-private-network"] == "true"
    assert allowed.headers["access-control-allow-origin"] == SITE
    refused = _preflight(world.driver, "https://evil.example")
    assert refused.status_code == 403
    assert not [name for name in refused.headers if name.startswith("access-control")]


def test_answers_are_for_the_asking_site_and_not_kept(world: World) -> None:
    answer = world.driver.post("SOF_GetVersion")
    assert answer.headers["access-control-allow-origin"] == SITE
    assert (answer.headers["vary"], answer.headers["cache-control"]) == ("Origin", "no-store")
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"json=",
        b"json=[]",
        b'json={"function":1}',
        b'json={"function":"SOF_Login","certID":7}',
        b'json={"function":"SOF_GetCertInfo","type":"x"}',
        b'{"function":"SOF_GetVersion"}',
        b"json=" + b"[" * 5000,
        b"json=" + b"x" * 70_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_request_is_said_to_be_none(world: World, body: bytes) -> None:
    headers = {"Origin": SITE, "Content-Type": "application/x-www-form-urlencoded"}
    answer = httpx.post(world.driver.address, content=body, headers=headers, trust_env=False)
    assert answer.json() == {"rtn": protocol.INVALID}


def test_an_unknown_function_is_not_supported(world: World) -> None:
    assert world.driver.call("SOF_GenRandom")["rtn"] == protocol.NOT_SUPPORTED


def test_only_this_computer_is_listened_to(world: World) -> None:
    table = Path("/proc/net/tcp").read_text().splitlines()[1:]
    port = f":{world.driver.port:04X}"
    listening = {line.split()[1] for line in table if line.split()[3] == "0A" and line.split()[1].endswith(port)}
    assert listening == {f"0100007F{port}"}


# PINs


def test_wrong_pins_are_counted_until_the_key_is_locked_for_good(tmp_path: Path) -> None:
    sm2_folder(tmp_path / "keys" / "one", name="one", pin=PIN)
    with running("--keys", str(tmp_path / "keys"), pin="999999") as driver:
        key = driver.ids()["one"]
        said = [driver.sign(key, TEXT) for _ in range(7)]
    assert [one["retryCount"] for one in said] == [5, 4, 3, 2, 1, 0, 0]
    assert [one["rtn"] for one in said] == [protocol.PIN_INCORRECT] * 5 + [protocol.PIN_LOCKED] * 2
    with running("--keys", str(tmp_path / "keys"), pin=PIN) as driver:
        assert driver.sign(key, TEXT)["rtn"] == protocol.PIN_LOCKED
        assert driver.call("SOF_GetPinRetryCount", certID=key)["outData"] == 0


def test_the_right_pin_forgives_wrong_ones(tmp_path: Path) -> None:
    sm2_folder(tmp_path / "keys" / "one", name="one", pin=PIN)
    for pin, left in (("999999", 5), (PIN, 6)):
        with running("--keys", str(tmp_path / "keys"), pin=pin) as driver:
            key = driver.ids()["one"]
            driver.sign(key, TEXT)
            assert driver.call("SOF_GetPinRetryCount", certID=key)["outData"] == left


def test_a_tokens_wrong_pin_is_wrong(world: World) -> None:
    with running("--module", world.token.module, pin="999999", **world.token.environment) as driver:
        said = driver.sign(driver.ids()["南京单位"], TEXT)
    assert said == {"rtn": protocol.PIN_INCORRECT, "retryCount": -1}


class _Stubborn:
    """A token at the library's boundary: it says what SoftHSM2 never does."""

    def __init__(self, flags: pkcs11.TokenFlag, error: type[Exception]) -> None:
        self.flags, self.error, self.opened = flags, error, 0
        self.slot = self

    def get_token(self) -> "_Stubborn":
        return self

    def open(self, **_: object) -> None:
        self.opened += 1
        raise self.error


@pytest.mark.parametrize(
    ("flags", "error", "meant", "tries"),
    [
        (pkcs11.TokenFlag.USER_PIN_LOCKED, AssertionError, PinLocked, 0),
        (pkcs11.TokenFlag(0), pkcs11.PinLocked, PinLocked, 1),
        (pkcs11.TokenFlag.USER_PIN_FINAL_TRY, pkcs11.PinIncorrect, PinWrong, 1),
        (pkcs11.TokenFlag(0), pkcs11.DeviceRemoved, NoKey, 1),
    ],
)
def test_what_a_token_says_is_believed(
    flags: pkcs11.TokenFlag, error: type[Exception], meant: type[Exception], tries: int
) -> None:
    token = _Stubborn(flags, error)
    key = TokenKey(token, b"1", Certificate(self_signed("x").certificate), None)
    with pytest.raises(meant) as raised:
        key.check("1")
    assert token.opened == tries, "a locked token is not tried again"
    if isinstance(raised.value, PinWrong):
        assert raised.value.left == key.tries_left() == 1


# Asking


def _at_a_terminal(question: Question, typed: bytes) -> tuple[dict[str, Any], str]:
    """Answer the driver's question on a terminal without a display; return the answer and what the screen showed."""
    screen, own = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jsrs_portal.ca_driver.window"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DISPLAY"} | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: _take(own),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(dataclasses.asdict(question)).encode())
    process.stdin.close()
    shown = b""
    until = time.monotonic() + 20
    while "：".encode() not in shown[-40:] and time.monotonic() < until:
        shown += os.read(screen, 4096)
    os.write(screen, typed)
    said = process.stdout.read()
    process.wait(20)
    shown += os.read(screen, 4096)
    for end in (screen, own):
        os.close(end)
    return json.loads(said), shown.decode()


def _take(terminal: int) -> None:
    import fcntl
    import termios

    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def test_a_page_that_is_left_takes_its_window_along(tmp_path: Path) -> None:
    """With a window that says who it is and waits; it stands where tkinter would be found."""
    sm2_folder(tmp_path / "keys" / "one", name="one", pin=PIN)
    noting = f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))"
    (tmp_path / "tkinter.py").write_text(f"import os, pathlib, time\n{noting}\ntime.sleep(60)\n")
    with running("--keys", str(tmp_path / "keys"), pin=None, path=f"{tmp_path}:{ROOT}") as driver:
        key = driver.ids()["one"]
        form = {"json": json.dumps({"function": "SOF_Login", "certID": key})}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(driver.address, data=form, headers={"Origin": SITE}, trust_env=False, timeout=2)
        window = int((tmp_path / "pid").read_text())
        until = time.monotonic() + 5
        while Path(f"/proc/{window}").exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert not Path(f"/proc/{window}").exists()
        assert driver.call("SOF_GetPinRetryCount", certID=key)["outData"] == 6


QUESTION = Question(site=SITE, name="南京单位", issuer="测试 CA", left=1, has_pin=True)


def test_the_terminal_says_who_asks_and_does_not_show_the_pin() -> None:
    answer, shown = _at_a_terminal(QUESTION, b"246810\n")
    assert answer == {"pin": "246810"}
    for text in (SITE, "南京单位", "测试 CA", "再输错一次", "仅用于登录该网站"):
        assert text in shown
    assert "246810" not in shown


def test_without_a_display_or_a_terminal_nobody_has_said_no(tmp_path: Path) -> None:
    sm2_folder(tmp_path / "keys" / "one", name="one", pin=PIN)
    with running("--keys", str(tmp_path / "keys"), pin=None) as driver:
        said = driver.call("SOF_Login", certID=driver.ids()["one"])
    assert said["rtn"] == protocol.NO_WINDOW


@pytest.mark.parametrize(
    ("has_pin", "typed", "pin"), [(True, b"\n", None), (False, b"y\n", ""), (False, b"\n", None), (False, b"n\n", None)]
)
def test_the_terminal_takes_no_for_an_answer(has_pin: bool, typed: bytes, pin: str | None) -> None:
    answer, _ = _at_a_terminal(dataclasses.replace(QUESTION, has_pin=has_pin), typed)
    assert answer == {"pin": pin}


# Starting


def _started(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "jsrs_portal.ca_driver", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "site", ["*", "https://*", "http://rs.example.gov.cn", "rs.example.gov.cn", "https://rs.example.gov.cn/login", ""]
)
def test_only_whole_addresses_that_nobody_can_fake_may_be_allowed(site: str, tmp_path: Path) -> None:
    code, said = _started("--allow", site, "--keys", str(tmp_path))
    assert code == 1
    assert "--allow" in said or "只接受 https 网站" in said


def test_it_says_why_it_cannot_start(tmp_path: Path) -> None:
    site = ("--allow", SITE)
    keys = ("--keys", str(tmp_path))
    for arguments, sentence in (
        (site, "--module"),
        ((*site, "--module", "/no/such.so"), "不能载入 PKCS#11 模块"),
        ((*site, "--keys", "/no/such"), "没有文件夹"),
        ((*site, *keys, "--pin-from", "NO_SUCH_VARIABLE"), "没有环境变量"),
    ):
        code, said = _started(*arguments, "--port", str(free_port()))
        assert code == 1
        assert sentence in said


def test_two_drivers_do_not_share_a_port(world: World, tmp_path: Path) -> None:
    code, said = _started("--allow", SITE, "--keys", str(tmp_path), "--port", str(world.driver.port))
    assert (code, "已被占用" in said) == (1, True)


def test_without_python_pkcs11_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pkcs11.py").write_text("raise ImportError\n")
    code, said = _started(
        *("--allow", SITE, "--module", "/any.so", "--port", str(free_port())), PYTHONPATH=f"{tmp_path}:{ROOT}"
    )
    assert (code, "pip install python-pkcs11" in said) == (1, True)
