"""Start a rival's engine and what serves it, and end both together.

python start.py serve ENGINE FOLDER PORT     the engine and one Granian worker before it
python start.py load ENGINE FOLDER           put the folder's articles into the engine
"""

import contextlib
import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path


def main(what, engine_name, folder, port="0"):
    """Do it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    module = importlib.import_module(f"{engine_name}_engine")
    settings, others, kept = module.engine(folder)
    os.environ.update(settings, ARTICLES=folder, ENGINE=engine_name)
    try:
        if what == "load":
            module.load(folder)
            return
        pids = os.environ.get("PIDS")
        if pids:
            Path(pids).write_text(" ".join(map(str, others)), encoding="utf-8")
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "one_view:create"]
        with subprocess.Popen([*command, "--port", port, "--workers", "1", "--blocking-threads", "4"]) as server:
            try:
                server.wait()
            finally:
                server.terminate()
    finally:
        _stop(kept)


def _stop(kept):
    if isinstance(kept, subprocess.Popen):
        kept.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            kept.wait(8)
        kept.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
