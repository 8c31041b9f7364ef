"""Load over real HTTP by wrk: varied addresses from a file, validators for some, and the figures read from its output.

wrk (Debian: `apt-get install wrk`) is a program of its own, for a client in Python would cost more than the answers do.
"""

import http.client
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import pinned
from benchmarks.results import percentiles

SCRIPT = r"""
local paths, tags = {}, {}
for line in io.lines(os.getenv("PATHS")) do
  local path, tag = line:match("^([^\t]*)\t?(.*)$")
  paths[#paths + 1] = path
  tags[#tags + 1] = tag
end
local at = tonumber(os.getenv("FIRST"))
function request()
  at = at % #paths + 1
  local headers = { ["Accept-Encoding"] = "identity" }
  if tags[at] ~= "" then headers["If-None-Match"] = tags[at] end
  return wrk.format("GET", paths[at], headers)
end
function done(summary, latency, requests)
  local file = io.open(os.getenv("FIGURES"), "w")
  file:write(string.format(
    '{"requests": %d, "microseconds": %d, "bytes": %d, "errors": %d, "p50": %f, "p95": %f, "p99": %f, "max": %f}',
    summary.requests, summary.duration, summary.bytes,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
  file:close()
end
"""
"""It defines no `response`, which would make wrk read every answer in Lua; statuses over 399 are errors of wrk's counting."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw: answers a second, and how long one took, in ms."""

    requests: int
    rate: float
    p50: float
    p95: float
    p99: float
    errors: int


def has_wrk() -> bool:
    """Whether the program is there."""
    return shutil.which("wrk") is not None


def load(
    port: int, paths: Sequence[str], seconds: float, connections: int, first: int = 0, tags: Sequence[str] = ()
) -> Load:
    """As `run_wrk`; where wrk is missing, one Python client over one connection, which is slower than many a server."""
    if has_wrk():
        return run_wrk(port, paths, seconds, connections, first, tags)
    took: list[float] = []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    began = time.perf_counter()
    while time.perf_counter() < began + seconds:
        at = (first + len(took)) % len(paths)
        asked = time.perf_counter()
        connection.request("GET", paths[at], headers={"If-None-Match": tags[at]} if tags else {})
        connection.getresponse().read()
        took.append((time.perf_counter() - asked) * 1000)
    connection.close()
    return Load(len(took), len(took) / (time.perf_counter() - began), errors=0, **percentiles(took))


def run_wrk(
    port: int,
    paths: Sequence[str],
    seconds: float,
    connections: int,
    first: int = 0,
    tags: Sequence[str] = (),
) -> Load:
    """Ask these paths one after the other, again from the first after the last, over so many connections at once.

    `first` is where to begin; `tags` are the entity tags to send, aligned with `paths`. Raises `OSError` where wrk is
    missing, `RuntimeError` with what it said where it fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, lines, figures = (Path(folder) / name for name in ("ask.lua", "paths", "figures.json"))
        script.write_text(SCRIPT, encoding="utf-8")
        lines.write_text("".join(f"{path}\t{tag}\n" for path, tag in _tagged(paths, tags)), encoding="utf-8")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(script)]
        told = subprocess.run(
            pinned([*command, f"http://127.0.0.1:{port}/"], core=1),
            env={
                "PATHS": str(lines),
                "FIGURES": str(figures),
                "FIRST": str(first),
                "PATH": "/usr/bin:/bin:/usr/local/bin",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if told.returncode or not figures.is_file():
            raise RuntimeError(f"wrk failed: {(told.stderr or told.stdout).strip()[-500:]}")
        return read_figures(figures.read_text(encoding="utf-8"))


def read_figures(text: str) -> Load:
    """What the script wrote when it was done. Raises `ValueError` for a run without a single answer."""
    body = json.loads(text)
    if not body["requests"]:
        raise ValueError(f"expected wrk to get answers, it got none ({body['errors']} errors)")
    rate = body["requests"] / (body["microseconds"] / 1e6)
    return Load(body["requests"], rate, body["p50"], body["p95"], body["p99"], body["errors"])


def _tagged(paths: Sequence[str], tags: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(paths, tags or [""] * len(paths), strict=True))
