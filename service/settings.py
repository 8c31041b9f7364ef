"""The settings: frozen, built from a mapping (the environment), checked before anything starts."""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from index.gate import DEFAULT_KEEP, DEFAULT_MAX_LOSS, MIN_KEEP
from index.learning import HOWS
from index.sentence_transformer import DEFAULT_MODEL
from service.errors import InvalidSetting
from service.setting_values import (
    LOG_LEVELS,
    MIN_EVERY,
    MIN_SECRET,
    MOST_SECONDS,
    database,
    header,
    how,
    locations,
    log_level,
    milvus_address,
    networks,
    origins,
    role,
    seconds,
    secret,
    share,
    switch,
    user_agent,
    web_address,
    whole,
)

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
    milvus: str | None = None
    milvus_token: str | None = field(default=None, repr=False)
    milvus_copies: int = 1
    replica: bool = False
    catalogue_standby: str | None = field(default=None, repr=False)
    """Holds a password, as `catalogue`."""

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
    if given.get("replica") and not ("milvus" in given and "catalogue" in given):
        raise InvalidSetting(
            f"{PREFIX}REPLICA is set without {PREFIX}MILVUS and {PREFIX}CATALOGUE; a replica answers from these alone"
        )
    if "catalogue_standby" in given and not given.get("replica"):
        raise InvalidSetting(
            f"{PREFIX}CATALOGUE_STANDBY is set without {PREFIX}REPLICA; only replicas read from a standby"
        )
    pair = ("purge_url", "purge_secret")
    missing = [name for name in pair if name not in given]
    if len(missing) == 1:
        there = f"{PREFIX}{next(name for name in pair if name in given).upper()}"
        raise InvalidSetting(f"{there} is set without {PREFIX}{missing[0].upper()}; expected both or neither")
    if "desk_user_header" in given and "desk_proxies" not in given:
        raise InvalidSetting(
            f"{PREFIX}DESK_USER_HEADER is set without {PREFIX}DESK_PROXIES; anyone could name themselves in it"
        )


SECRET = frozenset({"catalogue", "catalogue_standby", "embedder_key", "milvus_token", "purge_url", "purge_secret"})
"""Settings whose values stand in no message."""

DATABASE = "postgresql://user:password@host/name, with / ? # @ in a password percent-encoded"

READERS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "data": (Path, "a folder"),
    "policy": (Path, "a TOML file"),
    "policy_b": (Path, "a TOML file"),
    "policy_split": (share, "a share from 0 to 1"),
    "model": (str, "a model's name or path"),
    "embedder": (
        web_address,
        "an http or https address such as http://gpu.example:8001/v1, without user and password",
    ),
    "embedder_key": (secret, f"at least {MIN_SECRET} characters"),
    "host": (str, "an address to listen on"),
    "port": whole(0, 65_535),
    "workers": whole(1, 256),
    "threads": whole(1, 256),
    "trust_proxy": whole(0, 16),
    "indexer": (switch, "true or false"),
    "fold_after": whole(0, 1_000_000_000),
    "max_loss": (share, "a share from 0 to 1"),
    "max_list_change": (share, "a share from 0 to 1"),
    "keep_snapshots": whole(MIN_KEEP, MAX_KEEP),
    "boilerplate": (how, f"one of {', '.join(HOWS)}"),
    "catalogue": (database, DATABASE),
    "catalogue_standby": (database, DATABASE),
    "origins": (origins, "* or origins such as https://www.example.com, parted by commas, without a path"),
    "shared_cache": (switch, "true or false"),
    "cache_bytes": whole(0, 1 << 40),
    "cache_grace": (seconds, f"seconds from 0 to {MOST_SECONDS}"),
    "purge_url": (web_address, "an http or https address without user and password"),
    "purge_secret": (secret, f"at least {MIN_SECRET} characters"),
    "desk_user_header": (header, "the name of a header such as X-Forwarded-User"),
    "desk_role_header": (header, "the name of a header such as X-Forwarded-Role"),
    "desk_role": (role, "one of read, rules, admin"),
    "desk_proxies": (networks, "addresses or networks such as 127.0.0.1,10.0.0.0/8, parted by commas"),
    "fetch_private": (switch, "true or false"),
    "fetch_pause": (seconds, f"seconds from 0 to {MOST_SECONDS}"),
    "user_agent": (user_agent, "a name such as alsoread or our-paper-alsoread/1.0 (tech@paper.example)"),
    "watch": (locations, "sources, parted by blanks"),
    "watch_every": whole(MIN_EVERY, 86_400),
    "milvus": (
        milvus_address,
        "an http or https address such as http://milvus.example:19530, or a file that ends in .db",
    ),
    "milvus_token": (secret, f"at least {MIN_SECRET} characters"),
    "milvus_copies": whole(1, 16),
    "replica": (switch, "true or false"),
    "demo_site": (switch, "true or false"),
    "log_level": (log_level, f"one of {', '.join(LOG_LEVELS)}"),
}
