"""The front matter of a file: fields in YAML between `---`, in TOML between `+++`, or one JSON object, and then the body.

All three are read with the same limits, as files of strangers must be; dates stay the text that the author wrote.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

import yaml

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # PyYAML without libyaml: the same, slower
    from yaml import SafeLoader  # type: ignore[assignment]  # the same, in Python

MAX_FRONT_MATTER = 100_000
"""Characters of the longest front matter, or site configuration, that is read."""

MAX_DEPTH = 32
MAX_VALUES = 20_000
MAX_ALIASES = 12
"""References to an anchor (`*name`) in one front matter: each may repeat what others repeat, so that a few dozen would unfold
to gigabytes; twelve unfold to at most eighty times the text."""

_YAML = "tag:yaml.org,2002:"
_PLAIN_TAGS = (None, "!", f"{_YAML}str", f"{_YAML}seq", f"{_YAML}map")
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){32}""")
"""A key of so many parts takes minutes to be read where there are thousands of them."""

_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class BrokenFrontMatter(Exception):
    """Front matter that cannot be read: in which line of its file, and why."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line:,}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says about itself, in values as JSON has them, and the text after it."""

    fields: Mapping[str, object]
    body: str


class _Loader(SafeLoader):
    """Takes `true`, `false`, `null` and whole numbers for what they are, and everything else for text: that the language `no`
    is no "false", the version 1.10 no 1.1, and a date what was written."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN\0"),
    ("int", r"-?(?:0|[1-9][0-9]{0,17})", "-0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        _YAML + _tag, re.compile(rf"(?:{_pattern})$"), [letter.strip("\0") for letter in _first]
    )


def split_front_matter(text: str) -> FrontMatter | None:
    """The fields and the body of a file; None where it has no front matter.

    Raises `BrokenFrontMatter` where front matter begins and cannot be read.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = text.partition("\n")
    if first.rstrip() == "---":
        return _between(rest, ("---", "..."), parse_yaml, "---")
    if first.rstrip() == "+++":
        return _between(rest, ("+++",), parse_toml, "+++")
    if text.startswith("{") and not text.startswith(("{{", "{%", "{:", "{#")):
        return _json_first(text)
    return None


def parse_yaml(text: str, first_line: int = 1) -> dict[str, object]:
    """The fields of a YAML mapping. `first_line` is where it stands in its file. Raises `BrokenFrontMatter`."""
    _check_length(text, first_line)
    try:
        _check_yaml(text, first_line)
        return _fields(yaml.load(text, _Loader), first_line)  # noqa: S506  # nosec B506  # is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise BrokenFrontMatter(first_line + (mark.line if mark else 0), f"not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BrokenFrontMatter(first_line, f"not YAML: {_short(error)}") from error


def parse_toml(text: str, first_line: int = 1) -> dict[str, object]:
    """The fields of a TOML document. Raises `BrokenFrontMatter`."""
    _check_length(text, first_line)
    if long := _LONG_KEY.search(text):
        line = first_line + text.count("\n", 0, long.start())
        raise BrokenFrontMatter(line, f"nested more than {MAX_DEPTH} levels deep")
    try:
        return _fields(tomllib.loads(text), first_line)
    except (ValueError, RecursionError) as error:
        at = _TOML_LINE.search(str(error))
        line = first_line + (int(at[1]) - 1 if at else 0)
        raise BrokenFrontMatter(line, f"not TOML: {_TOML_LINE.sub('', _short(error)).strip()}") from error


def parse_json(text: str, first_line: int = 1) -> dict[str, object]:
    """The fields of a JSON object. Raises `BrokenFrontMatter`."""
    _check_length(text, first_line)
    return _json(json.loads, text, first_line)[0]


def _json_first(text: str) -> FrontMatter:
    fields, end = _json(json.JSONDecoder().raw_decode, text[: MAX_FRONT_MATTER + 1], 1)
    return FrontMatter(fields, text[end:])


def _json(read: Callable[[str], object], text: str, first_line: int) -> tuple[dict[str, object], int]:
    try:
        value = read(text)
        end = 0
        if isinstance(value, tuple):
            value, end = value
        return _fields(value, first_line), end
    except json.JSONDecodeError as error:
        raise BrokenFrontMatter(first_line + error.lineno - 1, f"not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise BrokenFrontMatter(first_line, f"not JSON: {_short(error)}") from error


def _between(
    rest: str, ends: tuple[str, ...], parse: Callable[[str, int], dict[str, object]], mark: str
) -> FrontMatter:
    at = 0
    while at < len(rest) and at <= MAX_FRONT_MATTER:
        stop = rest.find("\n", at)
        stop = len(rest) if stop < 0 else stop
        if rest[at:stop].rstrip() in ends:
            return FrontMatter(parse(rest[:at], 2), rest[stop + 1 :])
        at = stop + 1
    problem = f"expected a line {mark!r} that ends the front matter within {MAX_FRONT_MATTER:,} characters, got none"
    raise BrokenFrontMatter(1, problem)


def _check_length(text: str, line: int) -> None:
    if len(text) > MAX_FRONT_MATTER:
        raise BrokenFrontMatter(line, f"expected at most {MAX_FRONT_MATTER:,} characters, got {len(text):,}")


def _check_yaml(text: str, first_line: int) -> None:
    """Look through it before anything is made of it."""
    depth = aliases = 0
    for count, event in enumerate(yaml.parse(text, _Loader)):
        line = first_line + (event.start_mark.line if event.start_mark else 0)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.AliasEvent):
            aliases += 1
        if depth > MAX_DEPTH:
            raise BrokenFrontMatter(line, f"nested more than {MAX_DEPTH} levels deep")
        if count > MAX_VALUES:
            raise BrokenFrontMatter(line, f"more than {MAX_VALUES:,} names and values")
        if aliases > MAX_ALIASES:
            raise BrokenFrontMatter(line, f"more than {MAX_ALIASES} references (*name)")
        if (tag := getattr(event, "tag", None)) not in _PLAIN_TAGS:
            raise BrokenFrontMatter(line, f"expected plain values, got one with the tag {str(tag)[:80]!r}")


def _fields(value: object, line: int) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BrokenFrontMatter(line, f"expected fields with a name each, got a {type(value).__name__}")
    return {str(key): _plain(item, 1, line) for key, item in value.items()}


def _plain(value: object, depth: int, line: int) -> object:
    if depth > MAX_DEPTH:
        raise BrokenFrontMatter(line, f"nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        return {str(key): _plain(item, depth + 1, line) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, depth + 1, line) for item in value]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return value


def _short(error: Exception) -> str:
    return (str(error).partition("\n")[0] or type(error).__name__)[:200]
