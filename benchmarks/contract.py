"""The HTTP API held against its own document: requests made from it by Schemathesis, those that it allows and those that it
does not, asked of a real server over the example newspaper, with every check that Schemathesis has.

    python -m benchmarks.contract                      at least 20,000 requests (some five minutes)
    python -m benchmarks.contract --examples 20 --least 1

It goes in rounds, each from a seed of its own, over the archive as the rounds before left it: what makes the requests grows
slow with what it remembers of them.

What differs from the checks as they ship stands with its reason in `benchmarks/schemathesis.toml` and
`benchmarks/contract_hooks.py`. It ends with 1 where anything failed, or the server logged a mistake of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.access_keys import add_key
from index.catalogue import Catalogue, place_of
from index.embedder import WordHashEmbedder
from index.rebuild import Options, rebuild
from index.sources import open_source
from service.commands.serve import free_port
from service.demo.newspaper import newspaper

HERE = Path(__file__).parent

START_SECONDS = 30


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--examples", type=int, default=120, help="requests for each operation and round, besides the systematic ones"
    )
    parser.add_argument("--least", type=int, default=20_000, help="requests that there must be in all")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        rebuild(data, [open_source(str(newspaper()))], WordHashEmbedder(), Options())
        with Catalogue.open(place_of(data)) as catalogue:
            key = add_key(catalogue, "contract", "admin")
        log = Path(folder) / "log"
        with serving(data, log) as base:
            began = time.monotonic()
            cases = failures = rounds = 0
            while cases < asked.least:
                campaign(base, key, asked.examples, asked.seed + rounds, Path(folder))
                made, failed = told(Path(folder) / "report.json")
                cases, failures, rounds = cases + made, failures + failed, rounds + 1
            took = time.monotonic() - began
        mistakes = log.read_text(encoding="utf-8").count("Traceback")
    found = f"{failures} failures, {mistakes} mistakes in the log"
    print(f"{cases:,} requests in {rounds} rounds and {took:.0f} s, seeds from {asked.seed}: {found}")
    return 1 if failures or mistakes else 0


@contextmanager
def serving(data: Path, log: Path) -> Iterator[str]:
    """The address of one worker over a folder; what it logs goes into a file."""
    port = free_port("127.0.0.1")
    command = [sys.executable, "-m", "service", "serve", "--data", str(data), "--port", str(port), "--workers", "1"]
    environment = {**os.environ, "ALSOREAD_LOG_LEVEL": "warning"}
    with log.open("wb") as out:
        process = subprocess.Popen([*command, "--no-indexer"], env=environment, stdout=out, stderr=subprocess.STDOUT)
        base = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + START_SECONDS
            while not _is_ready(base):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the server did not start: {log.read_text(encoding='utf-8')[-2_000:]}")
                time.sleep(0.1)
            yield base
        finally:
            process.terminate()
            process.wait(15)


def campaign(base: str, key: str, examples: int, seed: int, folder: Path) -> None:
    """All phases with all checks by one worker; its report lies in the folder then."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--config-file", str(HERE / "schemathesis.toml"), "run", f"{base}/openapi.json"]
    command += ["--workers", "1", "--max-examples", str(examples), "--seed", str(seed), "--checks", "all"]
    command += [
        "--header",
        f"Authorization: Bearer {key}",
        "--continue-on-failure",
        "--no-shrink",
        "--generation-database",
        "none",
    ]
    command += ["--report-json-path", str(folder / "report.json")]
    hooks = str(HERE / "contract_hooks.py")
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(HERE.parent)}
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    subprocess.run(command, env=environment, check=False, cwd=folder)
    if not report.is_file():
        raise SystemExit("Schemathesis ended without a report; what it said stands above")


def told(report: Path) -> tuple[int, int]:
    """How many requests were made, and how many failures and errors found."""
    counts = json.loads(report.read_text(encoding="utf-8"))["test_cases"]
    return counts["generated"], counts["unique_failures"] + counts["errored"]


def _is_ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health/ready", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main())
