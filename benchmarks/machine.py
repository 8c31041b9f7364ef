"""What a table of figures was measured on."""

import os
import platform
import shutil
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("faiss-cpu", "numpy", "granian", "flask", "sentence-transformers", "torch")

CACHE = Path(".bench")
"""What was embedded once is kept here, out of the repository."""


def machine() -> str:
    """One line: cores, processor, Python and the versions of what the figures depend on."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    versions = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    processor = names[0].strip() if names else platform.machine()
    return f"{os.cpu_count()} cores ({processor}), Python {platform.python_version()}, {versions}"


def pinned(command: Sequence[str], core: int) -> list[str]:
    """The command on one core alone, where that can be said and there is another one: so that who asks takes nothing from
    who answers, and every server has the same."""
    if shutil.which("taskset") is None or (os.cpu_count() or 1) < 2:
        return list(command)
    return ["taskset", "--cpu-list", str(core), *command]


def development_data(name: str) -> Path:
    """A folder of the development data, which lies beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data" / name
    if not folder.is_dir():
        raise SystemExit(f"this needs the development data beside the checkout: shared/data/{name} is missing")
    return folder


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
