"""Answers as the example newspaper gives them, cut short."""

from importlib.resources import files
from typing import Any

import orjson


def example(name: str) -> Any:
    """An answer of JSON."""
    return orjson.loads(text(f"{name}.json"))


def text(name: str) -> str:
    """An answer of any kind, as it comes."""
    return files("service.openapi").joinpath("examples", name).read_text(encoding="utf-8").strip()
