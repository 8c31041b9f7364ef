"""The settings: frozen, built from a mapping (the environment), checked before anything starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from index.gate import DEFAULT_MAX_LOSS
from index.sentence_transformer import DEFAULT_MODEL
from service.errors import InvalidSetting

PREFIX = "ALSOREAD_"


@dataclass(frozen=True, slots=True)
class Settings:
    """One field a setting; its variable is `ALSOREAD_` and the name in capitals. Documented in docs/settings.md."""

    data: Path = Path("alsoread-data")
    policy: Path | None = None
    model: str = DEFAULT_MODEL
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    max_loss: float = DEFAULT_MAX_LOSS
    log_level: str = "info"

    def with_values(self, **given: Any) -> "Settings":
        """The same settings but for those given that are not None."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def as_environment(self) -> dict[str, str]:
        """The variables that give these settings back, for child processes."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items() if value is not None}


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises `InvalidSetting` for an unknown `ALSOREAD_` variable or a bad value."""
    known = {f"{PREFIX}{field.name.upper()}": field.name for field in fields(Settings)}
    given: dict[str, Any] = {}
    for variable, raw in environment.items():
        if not variable.startswith(PREFIX) or raw == "":
            continue
        if variable not in known:
            raise InvalidSetting(f"{variable} is no setting; settings are {', '.join(known)}")
        name = known[variable]
        parse, expected = READERS[name]
        try:
            given[name] = parse(raw)
        except ValueError:
            raise InvalidSetting(f"{variable}: expected {expected}, got {raw!r}") from None
    return Settings(**given)


def _whole(low: int, high: int) -> tuple[Callable[[str], int], str]:
    def parse(raw: str) -> int:
        value = int(raw)
        if not low <= value <= high:
            raise ValueError
        return value

    return parse, f"a whole number from {low} to {high}"


def _share(raw: str) -> float:
    value = float(raw)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def _log_level(raw: str) -> str:
    if raw.lower() not in LOG_LEVELS:
        raise ValueError
    return raw.lower()


LOG_LEVELS = ("debug", "info", "warning", "error")

READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "data": (Path, "a folder"),
    "policy": (Path, "a TOML file"),
    "model": (str, "a model's name or path"),
    "host": (str, "an address to listen on"),
    "port": _whole(0, 65_535),
    "workers": _whole(1, 256),
    "threads": _whole(1, 256),
    "max_loss": (_share, "a share from 0 to 1"),
    "log_level": (_log_level, f"one of {', '.join(LOG_LEVELS)}"),
}
