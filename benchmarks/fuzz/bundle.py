"""Several files as one piece of bytes, so that a folder or a site can be damaged like a file: `=== name`, then its bytes."""

import re
from pathlib import Path

_NAME = re.compile(rb"^=== ([^\r\n]{1,200})\r?\n", re.MULTILINE)
_UNFIT = re.compile(r"[^\w./-]+")


def bundled(files: dict[str, str]) -> bytes:
    """The files one after the other."""
    return b"".join(f"=== {name}\n{text}\n".encode() for name, text in files.items())


def parts(data: bytes) -> dict[str, bytes]:
    """The files of a bundle, however damaged it is; what stands before the first belongs to none. Of two of one name the
    later counts."""
    found = list(_NAME.finditer(data))
    ends = [*(one.start() for one in found[1:]), len(data)]
    return {
        one[1].decode("utf-8", "replace"): data[one.end() : end].removesuffix(b"\n")
        for one, end in zip(found, ends, strict=False)
    }


def unbundle(data: bytes, folder: Path) -> int:
    """Write a bundle's files below a folder, never outside of it; how many there are then."""
    for name, body in parts(data).items():
        steps = [step[:60] for step in _UNFIT.sub("_", name).split("/") if step.strip(".")][:6]
        path = folder.joinpath(*steps)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_dir():
                path.write_bytes(body)
        except (FileExistsError, NotADirectoryError):
            continue  # a folder is to be where a file is
    return sum(path.is_file() for path in folder.rglob("*"))
