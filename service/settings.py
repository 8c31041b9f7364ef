"""The settings: frozen, built from a mapping (the environment), checked before anything starts."""

import re
import shlex
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from index.gate import DEFAULT_KEEP, DEFAULT_MAX_LOSS, MIN_KEEP
from index.learning import HOWS
from index.sentence_transformer import DEFAULT_MODEL
from service.errors import InvalidSetting

PREFIX = "ALSOREAD_"

DEFAULT_MAX_LIST_CHANGE = 0.4
"""Share of the lists' items that a rebuild may change; measured in docs/reliability.md, where broken archives change
more, and ordinary nights much less."""

MAX_KEEP = 1_000
"""Each kept generation costs what only it holds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One field a setting; its variable is `ALSOREAD_` and the name in capitals. Documented in docs/settings.md."""

    data: Path = Path("alsoread-data")
    policy: Path | None = None
    model: str = DEFAULT_MODEL
    embedder: str | None = None
    embedder_key: str | None = field(default=None, repr=False)
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    threads: int = 4
    indexer: bool = True
    fold_after: int = 1_000
    max_loss: float = DEFAULT_MAX_LOSS
    max_list_change: float = DEFAULT_MAX_LIST_CHANGE
    keep_snapshots: int = DEFAULT_KEEP
    log_level: str = "info"
    demo_site: bool = False
    catalogue: str | None = field(default=None, repr=False)
    """Holds a password, so that neither this value nor the settings as a whole may be printed with it."""
    policy_b: Path | None = None
    policy_split: float = 0.5
    trust_proxy: int = 0
    origins: str = "*"
    shared_cache: bool = True
    cache_bytes: int = 32 << 20
    cache_grace: float = 1.0
    purge_url: str | None = field(default=None, repr=False)
    """May hold a token."""
    purge_secret: str | None = field(default=None, repr=False)
    desk_user_header: str | None = None
    desk_role_header: str | None = None
    desk_role: str = "read"
    desk_proxies: str | None = None
    fetch_private: bool = False
    fetch_pause: float = 1.0
    user_agent: str = "alsoread"
    watch: str | None = None
    watch_every: int = 300
    boilerplate: str = "remove"

    def with_values(self, **given: Any) -> "Settings":
        """The same settings but for those given that are not None."""
        return replace(self, **{name: value for name, value in given.items() if value is not None})

    def as_environment(self) -> dict[str, str]:
        """The variables that give these settings back, for child processes."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {f"{PREFIX}{name.upper()}": str(value) for name, value in values.items() if value is not None}

    def into(self, environment: MutableMapping[str, str]) -> None:
        """Make an environment give exactly these settings: what is not set here is not inherited either."""
        for one in fields(self):
            environment.pop(f"{PREFIX}{one.name.upper()}", None)
        environment.update(self.as_environment())


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises `InvalidSetting` for an unknown `ALSOREAD_` variable or a bad value."""
    known = {f"{PREFIX}{one.name.upper()}": one.name for one in fields(Settings)}
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
            got = "another value (not shown, for it may be secret)" if name in SECRET else repr(raw)
            raise InvalidSetting(f"{variable}: expected {expected}, got {got}") from None
    _check_together(given)
    return Settings(**given)


def _check_together(given: Mapping[str, Any]) -> None:
    """What makes sense together only. Raises `InvalidSetting`."""
    pair = ("purge_url", "purge_secret")
    missing = [name for name in pair if name not in given]
    if len(missing) == 1:
        there = f"{PREFIX}{next(name for name in pair if name in given).upper()}"
        raise InvalidSetting(f"{there} is set without {PREFIX}{missing[0].upper()}; expected both or neither")
    if "desk_user_header" in given and "desk_proxies" not in given:
        raise InvalidSetting(
            f"{PREFIX}DESK_USER_HEADER is set without {PREFIX}DESK_PROXIES; anyone could name themselves in it"
        )


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


def _seconds(raw: str) -> float:
    value = float(raw)
    if not 0 <= value <= MOST_SECONDS:
        raise ValueError
    return value


def _user_agent(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z][\w.-]*(?:/[\w.-]+)?(?: [\x20-\x7e]+)?", raw):
        raise ValueError
    return raw


def _locations(raw: str) -> str:
    if not shlex.split(raw):
        raise ValueError
    return raw


def _switch(raw: str) -> bool:
    if raw.lower() not in SWITCHES:
        raise ValueError
    return SWITCHES[raw.lower()]


def _how(raw: str) -> str:
    if raw.lower() not in HOWS:
        raise ValueError
    return raw.lower()


def _log_level(raw: str) -> str:
    if raw.lower() not in LOG_LEVELS:
        raise ValueError
    return raw.lower()


def _database(raw: str) -> str:
    """An address as it is, where it can only be read one way: a raw @ in a password would end up in the host's name, and
    with that in messages."""
    parts = urlsplit(raw)
    if parts.scheme not in ("postgresql", "postgresql+psycopg") or "@" in parts.netloc.rpartition("@")[0]:
        raise ValueError
    if parts.fragment or not parts.path.strip("/") or parts.port == 0:
        raise ValueError
    return raw


def _origins(raw: str) -> str:
    """Origins as browsers send them, in their order, parted by commas."""
    if raw.strip() == "*":
        return "*"
    return ",".join(dict.fromkeys(_origin(one.strip()) for one in raw.split(",")))


def _origin(raw: str) -> str:
    parts = urlsplit(raw)
    port, secure = parts.port, parts.scheme == "https"
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host.isascii() or not host or any(mark in host for mark in "*% "):
        raise ValueError
    if parts.username is not None or parts.path or parts.query or parts.fragment or raw[-1] in "?#":
        raise ValueError
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port not in (None, 443 if secure else 80) else "")


def _web_address(raw: str) -> str:
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or parts.fragment:
        raise ValueError
    if parts.username is not None or not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError
    return raw


def _secret(raw: str) -> str:
    if len(raw) < MIN_SECRET or not raw.isprintable():
        raise ValueError
    return raw


def _header(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", raw) or raw.lower() in ("cookie", "authorization", "host", "origin"):
        raise ValueError
    return raw


def _role(raw: str) -> str:
    if raw.lower() not in ("read", "rules", "admin"):
        raise ValueError
    return raw.lower()


def _networks(raw: str) -> str:
    return ",".join(str(ip_network(one.strip())) for one in raw.split(","))


MOST_SECONDS = 60
"""What is new is to be found soon, and a host that wants more between two requests says so in its robots.txt."""

MIN_EVERY = 10
"""Seconds between two polls of a source."""

MIN_SECRET = 16
"""Characters; what signs may not be guessed."""

SECRET = frozenset({"catalogue", "embedder_key", "purge_url", "purge_secret"})
"""Settings whose values stand in no message."""

SWITCHES = {"true": True, "false": False}

LOG_LEVELS = ("debug", "info", "warning", "error")

READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "data": (Path, "a folder"),
    "policy": (Path, "a TOML file"),
    "policy_b": (Path, "a TOML file"),
    "policy_split": (_share, "a share from 0 to 1"),
    "model": (str, "a model's name or path"),
    "embedder": (
        _web_address,
        "an http or https address such as http://gpu.example:8001/v1, without user and password",
    ),
    "embedder_key": (_secret, f"at least {MIN_SECRET} characters"),
    "host": (str, "an address to listen on"),
    "port": _whole(0, 65_535),
    "workers": _whole(1, 256),
    "threads": _whole(1, 256),
    "trust_proxy": _whole(0, 16),
    "indexer": (_switch, "true or false"),
    "fold_after": _whole(0, 1_000_000_000),
    "max_loss": (_share, "a share from 0 to 1"),
    "max_list_change": (_share, "a share from 0 to 1"),
    "keep_snapshots": _whole(MIN_KEEP, MAX_KEEP),
    "boilerplate": (_how, f"one of {', '.join(HOWS)}"),
    "catalogue": (_database, "postgresql://user:password@host/name, with / ? # @ in a password percent-encoded"),
    "origins": (_origins, "* or origins such as https://www.example.com, parted by commas, without a path"),
    "shared_cache": (_switch, "true or false"),
    "cache_bytes": _whole(0, 1 << 40),
    "cache_grace": (_seconds, f"seconds from 0 to {MOST_SECONDS}"),
    "purge_url": (_web_address, "an http or https address without user and password"),
    "purge_secret": (_secret, f"at least {MIN_SECRET} characters"),
    "desk_user_header": (_header, "the name of a header such as X-Forwarded-User"),
    "desk_role_header": (_header, "the name of a header such as X-Forwarded-Role"),
    "desk_role": (_role, "one of read, rules, admin"),
    "desk_proxies": (_networks, "addresses or networks such as 127.0.0.1,10.0.0.0/8, parted by commas"),
    "fetch_private": (_switch, "true or false"),
    "fetch_pause": (_seconds, f"seconds from 0 to {MOST_SECONDS}"),
    "user_agent": (_user_agent, "a name such as alsoread or our-paper-alsoread/1.0 (tech@paper.example)"),
    "watch": (_locations, "sources, parted by blanks"),
    "watch_every": _whole(MIN_EVERY, 86_400),
    "demo_site": (_switch, "true or false"),
    "log_level": (_log_level, f"one of {', '.join(LOG_LEVELS)}"),
}
