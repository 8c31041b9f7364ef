"""The command line, called in process, and files for it to read."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from service_fixtures import as_lines

from service.cli import main

PROGRESS = re.compile(r"\(\d[\d,]*/s")


def run(*arguments: object, stdin: bytes | None = None, code: int = 0, **environment: str) -> Result:
    """Run `alsoread` with the word-hash embedder; fails where it ends with another exit code or with a traceback."""
    variables = {"ALSOREAD_MODEL": "word-hash", **environment}
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin, env=variables)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == code, (result.exit_code, result.output)
    assert "Traceback" not in result.output
    return result


def lines(result: Result) -> list[dict[str, Any]]:
    """Standard output as JSON lines."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def one_line_error(result: Result) -> str:
    """The one line on standard error of a command that failed, after any that a busy machine had it say on the way."""
    assert result.stdout == ""
    said = [line for line in result.stderr.splitlines() if not PROGRESS.search(line)]
    assert len(said) == 1, result.stderr
    assert said[0].startswith("alsoread: ")
    return said[0].strip()


def write_archive(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """The records as a file of JSON lines."""
    path.write_bytes(as_lines(records))
    return path
