"""The driver as a hall hands it out: installed, it runs without the portal and serves that hall alone (R-2.4.2)."""

import os
import subprocess
import sys
import zipfile
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import pytest

from jsrs_portal.api.ca_driver import driver_wheel
from jsrs_portal.ca_driver import PACKAGE
from tests.support.driver import rsa_folder, running, self_signed
from tests.support.servers import free_port

pytestmark = pytest.mark.req("R-2.4.2")
HALL = "https://rs.example.gov.cn"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel as a user does, but for what it needs, which is here already."""
    place = tmp_path_factory.mktemp("installed")
    wheel = place / PACKAGE
    wheel.write_bytes(driver_wheel(HALL, 51111))
    subprocess.run(
        ["uv", "pip", "install", "--no-deps", "--offline", "--target", str(place / "site"), str(wheel)],
        check=True,
        capture_output=True,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    return place / "site"


def test_it_knows_the_hall_it_came_from_and_needs_nothing_of_the_portal(installed: Path, tmp_path: Path) -> None:
    rsa_folder(tmp_path / "keys" / "one", self_signed("单位"))
    environment = {"cwd": str(tmp_path), "module": "jsrs_ca_driver", "path": str(installed)}
    with running("--keys", str(tmp_path / "keys"), site="", **environment) as driver:
        assert driver.post("SOF_GetVersion", headers={"Origin": HALL}).json()["rtn"] == 0
        assert driver.post("SOF_GetVersion", headers={"Origin": "http://localhost:3000"}).status_code == 403


def test_it_has_a_command_of_its_own(installed: Path) -> None:
    done = subprocess.run(
        [str(installed / "bin" / "jsrs-ca-driver"), "--port", str(free_port())],
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "--module" in done.stderr) == (1, True)


def test_it_names_what_it_needs_in_the_versions_that_are_tested() -> None:
    with zipfile.ZipFile(BytesIO(driver_wheel(HALL, 51111))) as wheel:
        said = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    assert f"Requires-Dist: python-pkcs11=={version('python-pkcs11')}\n" in said
    assert f"Requires-Dist: granian=={version('granian')}\n" in said


def test_the_same_sources_are_the_same_bytes() -> None:
    first = driver_wheel(HALL, 51111)
    driver_wheel.cache_clear()
    assert driver_wheel(HALL, 51111) == first
    assert driver_wheel(HALL, 51112) != first
