"""Every regular expression of the packages, how it is used, and texts that are made to keep it busy.

The texts are made out of the expression itself: whatever may be repeated in it is repeated, behind what has to stand before it
and in front of what cannot follow.
"""

import ast
import importlib
import re
import re._parser as parser  # type: ignore[import-not-found]  # has no types
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]

OURS = ("index/migrations/", "service/widget/assets.py", "service/__main__.py")
"""What meets nothing from outside: the schema's history, and the script that is made small as it is loaded."""

ANYWHERE = ("search", "sub", "subn", "split", "findall", "finditer")
AT_THE_BEGINNING = ("match", "fullmatch")
METHODS = (*ANYWHERE, *AT_THE_BEGINNING)

NOTHING_FOLLOWS = "\x01"


@dataclass(frozen=True, slots=True)
class Used:
    """An expression with one way in which it is used."""

    place: str
    pattern: "re.Pattern[Any]"
    method: str

    def seconds(self, text: str, most: float) -> float:
        """How long it takes over a text; `most` where it would take longer."""
        given = text.encode("latin-1", "replace") if isinstance(self.pattern.pattern, bytes) else text
        began = time.thread_time()
        with _ended_after(most):
            self._use(given)
        return time.thread_time() - began

    def _use(self, text: str | bytes) -> None:
        if self.method in AT_THE_BEGINNING or self.method == "search":
            getattr(self.pattern, self.method)(text)
        else:
            for _ in self.pattern.finditer(text):
                pass


class _TooLong(Exception):
    pass


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    def end(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except _TooLong:
        pass
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@cache
def all_used() -> tuple[Used, ...]:
    """Each expression that stands in a module, once for each way in which anything uses it."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for package in ("index", "recommender", "service")
        for path in sorted((ROOT / package).rglob("*.py"))
    }
    trees = {name: tree for name, tree in trees.items() if not name.startswith(OURS)}
    methods = {name: _methods([tree]) for name, tree in trees.items()}
    anywhere = _methods(trees.values())
    found: dict[tuple[Any, int, str], Used] = {}
    for name, tree in trees.items():
        for place, pattern, used in (*_in_place(name, tree), *_named(name, {**anywhere, **methods[name]})):
            for method in used:
                found.setdefault((pattern.pattern, pattern.flags, method), Used(place, pattern, method))
    return tuple(found.values())


def _methods(trees: Any) -> dict[str, set[str]]:
    """By the name of a pattern the methods of it that are called, or handed on, anywhere."""
    methods: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name):
                methods.setdefault(node.value.id, set()).add(node.attr)
    return methods


def _in_place(name: str, tree: ast.Module) -> Iterator[tuple[str, "re.Pattern[Any]", tuple[str, ...]]]:
    """Those that are written where they are used: `re.sub("…", …)`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        function, first = node.func, node.args[0]
        if not (isinstance(function.value, ast.Name) and function.value.id == "re" and function.attr in METHODS):
            continue
        if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
            named = [one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr.isupper()]
            flags = sum(int(getattr(re, flag)) for flag in set(named) if hasattr(re, flag))
            yield f"{name}:{function.attr} {first.value!r}", re.compile(first.value, flags), (function.attr,)


def _named(name: str, methods: dict[str, set[str]]) -> Iterator[tuple[str, "re.Pattern[Any]", tuple[str, ...]]]:
    """Those that have a name in a module. Where nothing says how one is used, it is taken to be used in every way."""
    module = importlib.import_module(name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    for variable, value in vars(module).items():
        several = value if isinstance(value, list | tuple) else value.values() if isinstance(value, dict) else (value,)
        for one in several:
            if isinstance(one, re.Pattern):
                yield f"{name}:{variable}", one, tuple(sorted(methods.get(variable, {"search", "fullmatch"})))


Make = Callable[[int], str]


def busy_texts(pattern: "re.Pattern[Any]") -> dict[str, Make]:
    """Texts of any length that may keep a pattern busy, by what they are."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    pieces: dict[str, None] = dict.fromkeys((" ", "\n", "a"))
    repeated: list[tuple[str, str]] = []
    _walk(parser.parse(source, pattern.flags & ~re.DEBUG), "", pieces, repeated)
    short = sorted((piece for piece in pieces if piece), key=len)[:14]
    texts: dict[str, Make] = {}

    def add(before: str, again: str, after: str) -> None:
        texts[repr((before, again, after))] = lambda size: before + again * max(1, size // len(again)) + after

    for piece in short:
        add("", piece, NOTHING_FOLLOWS)
        add("a", piece, "a")
    for before, again in dict.fromkeys(repeated[:10]):
        add(before, again, NOTHING_FOLLOWS)
        add("", before + again, NOTHING_FOLLOWS)
    for one in short[:8]:
        for other in short[:8]:
            if one != other:
                add("", one + other, NOTHING_FOLLOWS)
    return texts


def _walk(tree: Any, before: str, pieces: dict[str, None], repeated: list[tuple[str, str]]) -> str:
    """The shortest text that fits, roughly; notes what may be repeated and behind what."""
    made = ""
    for operator, value in tree:
        name = str(operator)
        if name == "LITERAL":
            made += chr(value)
        elif name == "NOT_LITERAL":
            made += "b" if value == ord("a") else "a"
        elif name == "ANY":
            made += "a"
        elif name == "IN":
            chosen = _of_class(value)
            pieces.update(dict.fromkeys(chosen))
            made += chosen[0]
        elif name == "BRANCH":
            ways = [_walk(way, before + made, pieces, repeated) for way in value[1]]
            pieces.update(dict.fromkeys(way for way in ways[:6] if way))
            made += next(iter(ways), "")
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            made += _walk(value[-1] if name == "SUBPATTERN" else value, before + made, pieces, repeated)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            least, most, inside = value
            again = _walk(inside, before + made, pieces, repeated)
            if again:
                pieces[again] = None
                if most > 20:
                    repeated.append((before + made, again))
            made += again * max(int(least), 1)
    if made:
        pieces[made[:40]] = None
    return made


def _of_class(items: Any) -> list[str]:
    """A few characters of a class."""
    some: list[str] = []
    for operator, value in items:
        name = str(operator)
        if name == "LITERAL":
            some.append(chr(value))
        elif name == "RANGE":
            some.append(chr(value[0]))
        elif name == "CATEGORY":
            some += _CATEGORIES[str(value)]
    if str(items[0][0]) != "NEGATE":
        return some[:3]
    return [one for one in "a <-\"'.:" if one not in some][:3] or [NOTHING_FOLLOWS]


_CATEGORIES = {
    "CATEGORY_SPACE": [" ", "\n"],
    "CATEGORY_DIGIT": ["1"],
    "CATEGORY_WORD": ["a", "_"],
    "CATEGORY_NOT_SPACE": ["a", "<"],
    "CATEGORY_NOT_DIGIT": ["a"],
    "CATEGORY_NOT_WORD": ["-", " "],
}
