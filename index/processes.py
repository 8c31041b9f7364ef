"""Our own modules as processes, for what may kill, occupy or fill the process that does it."""

import os
import subprocess
import sys
from multiprocessing.connection import Connection, Pipe


def environment() -> dict[str, str]:
    """Ours, with the places where Python finds what this process has found."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
    }


def started(module: str, *arguments: str) -> tuple[subprocess.Popen[bytes], Connection]:
    """A process that runs a module, given the number of its end of the pipe and then these arguments; and our end."""
    ours, theirs = Pipe()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(theirs.fileno()), *arguments],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
    return process, ours
