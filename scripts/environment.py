"""Creates .venv and installs the locked packages into it, only when a lock has changed. Needs Python alone."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)


def stop(sentence: str) -> None:
    """End with a sentence instead of a traceback."""
    raise SystemExit(sentence)


def create() -> None:
    """Create the virtual environment, or say which package of the system is missing for it."""
    if sys.version_info < OLDEST:
        stop(f"需要 Python {OLDEST[0]}.{OLDEST[1]} 或更高版本，当前是 {sys.version.split()[0]}。")
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        stop("缺少 venv 模块：请先安装（Debian、Ubuntu:apt-get install python3-venv），再重新执行。")
    print("· 创建运行环境 .venv …", flush=True)
    venv.create(VENV, with_pip=True, symlinks=os.name != "nt")


def install(kind: str) -> None:
    """Install ``requirements/<kind>.txt`` unless exactly that is installed already; "dev" contains "run"."""
    locks = [ROOT / "requirements" / f"{name}.txt" for name in ("run", "dev")] + [ROOT / "pyproject.toml"]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in locks)).hexdigest()
    stamp = VENV / ".installed"
    if stamp.exists() and stamp.read_text() in (f"{kind} {wanted}", f"dev {wanted}"):
        return
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    lock = ROOT / "requirements" / f"{kind}.txt"
    print(f"· 安装依赖（requirements/{kind}.txt)…", flush=True)
    for arguments in (["--require-hashes", "-r", str(lock)], ["--no-build-isolation", "-e", str(ROOT)]):
        # The lock names every package, so nothing is left to resolve; older pips take a newer release for an extra.
        if subprocess.run([*pip, *arguments]).returncode:
            stop("依赖安装失败，原因见上。请检查网络或软件包镜像设置后重试。")
    stamp.write_text(f"{kind} {wanted}")


def main() -> None:
    """Bring the environment up to date for ``run`` or ``dev``."""
    kind = sys.argv[1]
    if not (VENV / "bin" / "python").exists():
        create()
    install(kind)


main()
