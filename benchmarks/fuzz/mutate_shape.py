"""Damage that knows what it damages: tags, lines, cells, values, files of a bundle are dropped, doubled, moved, nested."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Any

from benchmarks.fuzz.mutate_bytes import Change

_TAGS = re.compile(rb"<[^<>]{0,2000}>")
_ELEMENTS = re.compile(rb"<([A-Za-z][\w:.-]{0,40})[^<>]{0,500}>[^<]{0,5000}</\1>")
_ITEMS = re.compile(rb"<(item|entry|url|sitemap|article|p|li|div)\b.{0,20000}?</\1>", re.DOTALL)
_FILES = re.compile(rb"^=== .*?(?=^=== |\Z)", re.DOTALL | re.MULTILINE)
_CELL_MARKS = re.compile(rb"[,;\t|\"\n]")
_LINE = re.compile(rb"[^\n]*\n?")

BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (to, b"&%c;" % at * 10) for at, to in pairwise(b"abcdefghij"))
    + b'<!ENTITY f SYSTEM "file:///etc/hostname">]>'
)
HOSTILE = (b"&j;", b"&f;", b"<p " + b" ".join(b"a%d=1" % n for n in range(3_000)) + b">", b"<b>" * 3_000,
           b"<table><tr><td>" * 400, b"<font><a>" * 1_500, b"<![CDATA[" * 300, b"<!--" * 2_000, b"<svg><style><!--</style>",
           b"<a href='" * 1_000, b"<script>" * 500, b"<form><select><option>" * 500, b"</p>" * 9_000)  # fmt: skip


def of_pieces(pattern: re.Pattern[bytes]) -> Change:
    """Change that drops, doubles, moves or multiplies whole pieces, as the pattern finds them."""

    def change(data: bytes, chance: Random) -> bytes:
        found = [one.span() for one in pattern.finditer(data) if one.end() > one.start()][:20_000]
        if not found:
            return data
        (at, to), (other_at, other_to) = chance.choice(found), chance.choice(found)
        piece, other = data[at:to], data[other_at:other_to]
        where = chance.choice(found)[0]
        return chance.choice(
            (
                lambda: data[:at] + data[to:],
                lambda: data[:at] + other + data[to:],
                lambda: data[:where] + piece + data[where:],
                lambda: data[:to] + piece * chance.choice((1, 2, 20, 800)) + data[to:],
            )
        )()

    return change


def bomb(data: bytes, chance: Random) -> bytes:
    """Entities within entities, and mark-up that makes parsers slow."""
    at = chance.choice([one.end() for one in _TAGS.finditer(data)][:2_000] or [0])
    start = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    return data[:start] + BOMB * chance.randint(0, 1) + data[start:at] + chance.choice(HOSTILE) + data[at:]


def unquote(data: bytes, chance: Random) -> bytes:
    """A mark between cells is gone, or another."""
    found = [one.start() for one in _CELL_MARKS.finditer(data)]
    if not found:
        return data
    at = chance.choice(found)
    return data[:at] + chance.choice((b"", b'"', b",", b";", b"\t", b"\n", b'""')) + data[at + 1 :]


def in_json(data: bytes, chance: Random) -> bytes:
    """A value of one line of JSON, or of all of it, is of another kind, gone, doubled, nested or long."""
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    for piece, put in (
        (data, lambda new: new),
        (lines[at], lambda new: b"\n".join([*lines[:at], new, *lines[at + 1 :]])),
    ):
        try:
            value = json.loads(piece)
            _disturb(value, chance)
            return put(json.dumps(value).encode())
        except (ValueError, RecursionError):
            continue
    return data


ODD: Sequence[Callable[[Random], Any]] = (
    lambda chance: None, lambda chance: [], lambda chance: {}, lambda chance: "", lambda chance: True, lambda chance: -1,
    lambda chance: 10 ** chance.choice((12, 18, 19, 30, 300)), lambda chance: 1e308, lambda chance: float("nan"),
    lambda chance: "\ud800", lambda chance: "\0", lambda chance: "x" * chance.choice((2_001, 70_000, 1_000_000)),
    lambda chance: [["y"]] * chance.choice((2, 3_000)), lambda chance: {"rendered": {"rendered": []}},
    lambda chance: _deep(chance), lambda chance: "2026-02-30T25:61:00+99:99", lambda chance: "http://[",
    lambda chance: "https://x.example/" + "a/" * 3_000,
)  # fmt: skip


def _disturb(value: Any, chance: Random) -> None:
    while isinstance(value, (dict, list)) and value:
        key = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        inner = value[key]
        if isinstance(inner, (dict, list)) and inner and chance.random() < 0.7:
            value = inner
            continue
        match chance.randrange(5):
            case 0:
                del value[key]
            case 1 if isinstance(value, dict):
                value[chance.choice([*value, "id", "title", "url", "rendered"])] = inner
            case 2 if isinstance(value, list):
                value[key:key] = [inner] * chance.choice((1, 3, 500))
            case _:
                value[key] = chance.choice(ODD)(chance)
        return


def _deep(chance: Random) -> Any:
    value: Any = "z"
    for _ in range(chance.choice((5, 100, 900))):
        value = [value] if chance.random() < 0.5 else {"a": value}
    return value


LINES, FILES = of_pieces(_LINE), of_pieces(_FILES)
MARKUP: Sequence[Change] = (of_pieces(_TAGS), of_pieces(_ELEMENTS), of_pieces(_ITEMS), bomb)

SHAPES: Mapping[str, Sequence[Change]] = {
    "markup": MARKUP,
    "lines": (LINES,),
    "json": (LINES, in_json, in_json),
    "cells": (LINES, unquote, unquote),
    "files": (FILES, LINES, *MARKUP),
    "binary": (),
}
