"""The driver of a CA's key as this hall hands it out: a Python wheel that knows the hall's address (R-2.4.2)."""

import base64
import hashlib
import json
import zipfile
from functools import lru_cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from jsrs_portal import ca_driver
from jsrs_portal.access.policies import public
from jsrs_portal.settings import get_settings

_NAME = "jsrs_ca_driver"
_SOURCES = Path(ca_driver.__file__).parent
_NEEDS = ("asn1crypto", "cryptography", "gmssl-pyx", "granian", "starlette", "typer")
"""What the driver imports, in the versions it is tested with; python-pkcs11 besides, which no server has."""
_PKCS11 = "python-pkcs11==0.10.1"
_WHEEL = "Wheel-Version: 1.0\nGenerator: jsrs-portal\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_ENTRY = f"[console_scripts]\njsrs-ca-driver = {_NAME}.__main__:start\n"
_SINCE = (2020, 1, 1, 0, 0, 0)


@public()
async def driver_package(request: Request) -> Response:
    """``GET /downloads/{file}``: the driver of this version under its one name; 404 for any other."""
    if request.path_params["file"] != ca_driver.PACKAGE:
        headers = {"Cache-Control": "no-store"}
        return PlainTextResponse("没有这个文件，请到「CA驱动」页面下载最新版本。", status_code=404, headers=headers)
    settings = get_settings()
    content = driver_wheel(settings.origin, settings.ca_driver_port)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=300"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{ca_driver.PACKAGE}"'
    return Response(content, media_type="application/zip", headers=headers)


@lru_cache(maxsize=4)
def driver_wheel(origin: str, port: int) -> bytes:
    """Return the wheel (PEP 427) that serves the hall at ``origin``; the same bytes for the same sources."""
    info = f"{_NAME}-{ca_driver.VERSION}.dist-info"
    files = {f"{_NAME}/{file.name}": file.read_bytes() for file in sorted(_SOURCES.glob("*.py"))}
    files[f"{_NAME}/hall.json"] = json.dumps({"origin": origin, "port": port}).encode()
    files[f"{info}/METADATA"] = _metadata().encode()
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    files[f"{info}/entry_points.txt"] = _ENTRY.encode()
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as wheel:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _SINCE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100644 << 16
            wheel.writestr(entry, content)
    return written.getvalue()


def _metadata() -> str:
    needs = [*(f"{name}=={version(name)}" for name in _NEEDS), _PKCS11]
    head = f"Metadata-Version: 2.1\nName: jsrs-ca-driver\nVersion: {ca_driver.VERSION}\nLicense: Apache-2.0\n"
    return head + "Requires-Python: >=3.11\n" + "".join(f"Requires-Dist: {need}\n" for need in needs)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
