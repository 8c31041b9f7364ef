"""What an editor settles for each slot, as a TOML file that is validated to the last line."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.article import digest
from recommender.errors import InvalidPolicy

Slot = Literal["also-read", "more-in-section", "background"]
SLOTS: tuple[Slot, ...] = ("also-read", "more-in-section", "background")

MAX_LIMIT = 50

DEFAULT_POLICY = Path(__file__).parent / "default_policy.toml"

_Share = Annotated[float, Field(ge=0, le=1)]
_Weight = Annotated[float, Field(ge=0, le=100)]
_Days = Annotated[float, Field(ge=0, le=100_000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Weights(_Strict):
    """How much each likeness counts, each relative to the likest candidate; 0 switches one off."""

    meaning: _Weight
    words: _Weight
    pairs: _Weight
    names: _Weight


class Minimum(_Strict):
    """Absolute likeness (cosine) of which a related piece reaches at least one."""

    meaning: Annotated[float, Field(ge=-1, le=1)]
    words: _Share


class SlotPolicy(_Strict):
    """The settings of one slot; `default_policy.toml` says what each is for."""

    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)]
    mode: Literal["default", "background", "latest"]
    candidates: Annotated[int, Field(ge=10, le=5_000)]
    window_days: Annotated[float, Field(gt=0, le=100_000)] | None = None
    half_life_days: Annotated[float, Field(gt=0, le=100_000)]
    grace_days: _Days
    floor: _Share
    baseline: _Share
    fallback: tuple[Literal["section", "latest"], ...]
    suggest_sensitive: bool
    on_sensitive: Literal["nothing", "suggestions"]
    mix_languages: bool
    weights: Weights
    minimum: Minimum


@dataclass(frozen=True)
class Policy:
    """A policy for every slot."""

    slots: Mapping[Slot, SlotPolicy]

    @cached_property
    def version(self) -> str:
        """Twelve hexadecimal digits that change whenever a setting does."""
        return digest(*(f"{slot}={self.slots[slot].model_dump_json()}" for slot in SLOTS)).hex()[:12]


def load_policy(path: Path | None = None) -> Policy:
    """Read a policy file; slots that it leaves out are as shipped. None gives the shipped policy.

    Raises `InvalidPolicy` that names the file, the setting, what came and what was expected.
    """
    shipped = _read(DEFAULT_POLICY)
    given = shipped if path is None else shipped | _read(path)
    return Policy({slot: _slot(path or DEFAULT_POLICY, slot, given[slot]) for slot in SLOTS})


def _slot(path: Path, slot: Slot, content: object) -> SlotPolicy:
    try:
        return SlotPolicy.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        setting = ".".join(str(part) for part in first["loc"])
        expected, got = _expected(first["type"], first["msg"]), repr(first["input"])
        if first["type"] == "missing":
            got = "nothing"
        raise InvalidPolicy(f"{path}: {slot}: {setting}: expected {expected}, got {got}") from None


def _expected(kind: str, message: str) -> str:
    """What pydantic says was expected, as the rest of our sentence."""
    if kind == "missing":
        return "a value"
    if kind == "extra_forbidden":
        return "no such setting"
    return message.removeprefix("Input should be ").removeprefix("a ").split(", unable")[0]


def _read(path: Path) -> dict[str, object]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidPolicy(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidPolicy(f"{path}: not a TOML file: {error}") from error
    if unknown := set(content) - set(SLOTS):
        raise InvalidPolicy(f"{path}: no slot is called {min(unknown)!r}; slots are {', '.join(SLOTS)}")
    return content
