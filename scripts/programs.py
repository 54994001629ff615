"""Finds the programs the tests start (Chromium, Redis, PostgreSQL, fonts, …), or installs them on Debian as root.

Prints where each is; otherwise ends with a sentence that names what to install.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def postgresql() -> str | None:
    """Return the folder of PostgreSQL's server programs; Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]), reverse=True)
    return str(found[0].parent) if found else (str(Path(i).parent) if (i := shutil.which("initdb")) else None)


def chromium() -> str | None:
    """Return the browser."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def redis() -> str | None:
    """Return the Redis server."""
    return shutil.which("redis-server")


def softhsm() -> str | None:
    """Return the software token's PKCS#11 module."""
    found = [file for file in Path("/usr/lib").glob("**/softhsm/libsofthsm2.so") if shutil.which("softhsm2-util")]
    return str(found[0]) if found else None


def faketime() -> str | None:
    """Return the library that gives a process a clock of its own."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return str(found[0]) if found else None


def fonts() -> str | None:
    """Return a Chinese font, without which screenshots show boxes."""
    if not shutil.which("fc-list"):
        return None
    found = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False).stdout
    return found.splitlines()[0] if found.strip() else None


PROGRAMS: dict[str, tuple[Callable[[], str | None], str]] = {
    "Chromium": (chromium, "chromium"),
    "PostgreSQL 服务程序": (postgresql, "postgresql"),
    "Redis 服务程序": (redis, "redis-server"),
    "SoftHSM2（软件模拟的 USB Key）": (softhsm, "softhsm2"),
    "libfaketime（可拨动的时钟）": (faketime, "faketime"),
    "中文字体": (fonts, "fonts-noto-cjk"),
}


def main() -> None:
    """Make sure that all are there."""
    missing = {name: package for name, (find, package) in PROGRAMS.items() if find() is None}
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"· 安装测试所需程序：{'、'.join(missing)} …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        # The packages' own services are not wanted: the tests start servers of their own.
        policy = Path("/usr/sbin/policy-rc.d")
        own_policy = not policy.exists()
        if own_policy:
            policy.write_text("#!/bin/sh\nexit 101\n")
            policy.chmod(0o755)
        try:
            for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", *missing.values()]):
                done = subprocess.run(
                    command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
                )
                if done.returncode:
                    print(done.stdout.decode(errors="replace")[-2000:])
        finally:
            if own_policy:
                policy.unlink()
    still = [f"{name}(Debian 软件包 {package})" for name, (find, package) in PROGRAMS.items() if find() is None]
    if still:
        raise SystemExit(f"缺少测试所需程序：{'、'.join(still)}。请安装后重新执行 make test。")


if __name__ == "__main__":
    main()
