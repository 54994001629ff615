"""One target bred by atheris: ``python -m tests.fuzz.breed <target> <runs> <folder>``, its findings in the folder.

A process of its own, because libFuzzer ends the process, and because the product must be imported instrumented.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

LONGEST = 4096
SLOWEST = 10
"""Bytes of an input, and seconds one may take: a parser that takes longer is a finding."""


def available() -> bool:
    """Tell whether atheris is installed; it exists for Linux on x86-64 only."""
    return find_spec("atheris") is not None


def main(name: str, runs: str, folder: str) -> None:
    """Breed inputs for the target called ``name`` from its seeds."""
    import atheris

    with atheris.instrument_imports(include=["jsrs_portal", "json"]):
        from tests.fuzz.catalogue import TARGETS
    target = TARGETS[name]
    corpus = Path(folder) / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed-{number}").write_bytes(seed)
    options = [f"-runs={runs}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, "-len_control=20", "-print_final_stats=1", str(corpus)], target.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:4])
