"""What the values of settings look like: each function reads one, and raises `ValueError` for what it is not."""

import re
import shlex
from collections.abc import Callable
from ipaddress import ip_network
from urllib.parse import urlsplit

from index.learning import HOWS

MOST_SECONDS = 60
"""What is new is to be found soon, and a host that wants more between two requests says so in its robots.txt."""

MIN_EVERY = 10
"""Seconds between two polls of a source."""

MIN_SECRET = 16
"""Characters; what signs may not be guessed."""

SWITCHES = {"true": True, "false": False}

LOG_LEVELS = ("debug", "info", "warning", "error")


def whole(low: int, high: int) -> tuple[Callable[[str], int], str]:
    """A reader of whole numbers in these bounds, and what it expects."""

    def parse(raw: str) -> int:
        value = int(raw)
        if not low <= value <= high:
            raise ValueError
        return value

    return parse, f"a whole number from {low} to {high}"


def share(raw: str) -> float:
    """A share of all."""
    value = float(raw)
    if not 0 <= value <= 1:
        raise ValueError
    return value


def seconds(raw: str) -> float:
    """A short time."""
    value = float(raw)
    if not 0 <= value <= MOST_SECONDS:
        raise ValueError
    return value


def user_agent(raw: str) -> str:
    """A name to fetch under."""
    if not re.fullmatch(r"[A-Za-z][\w.-]*(?:/[\w.-]+)?(?: [\x20-\x7e]+)?", raw):
        raise ValueError
    return raw


def locations(raw: str) -> str:
    """Sources, as a shell would part them."""
    if not shlex.split(raw):
        raise ValueError
    return raw


def switch(raw: str) -> bool:
    """Yes or no."""
    if raw.lower() not in SWITCHES:
        raise ValueError
    return SWITCHES[raw.lower()]


def how(raw: str) -> str:
    """What becomes of boilerplate."""
    if raw.lower() not in HOWS:
        raise ValueError
    return raw.lower()


def log_level(raw: str) -> str:
    """How much is logged."""
    if raw.lower() not in LOG_LEVELS:
        raise ValueError
    return raw.lower()


def database(raw: str) -> str:
    """An address as it is, where it can only be read one way: a raw @ in a password would end up in the host's name, and
    with that in messages."""
    parts = urlsplit(raw)
    if parts.scheme not in ("postgresql", "postgresql+psycopg") or "@" in parts.netloc.rpartition("@")[0]:
        raise ValueError
    if parts.fragment or not parts.path.strip("/") or parts.port == 0:
        raise ValueError
    return raw


def origins(raw: str) -> str:
    """Origins as browsers send them, in their order, parted by commas."""
    if raw.strip() == "*":
        return "*"
    return ",".join(dict.fromkeys(origin(one.strip()) for one in raw.split(",")))


def origin(raw: str) -> str:
    """One of them."""
    parts = urlsplit(raw)
    port, secure = parts.port, parts.scheme == "https"
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host.isascii() or not host or any(mark in host for mark in "*% "):
        raise ValueError
    if parts.username is not None or parts.path or parts.query or parts.fragment or raw[-1] in "?#":
        raise ValueError
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port not in (None, 443 if secure else 80) else "")


def web_address(raw: str) -> str:
    """An address without user and password."""
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or parts.fragment:
        raise ValueError
    if parts.username is not None or not raw.isascii() or not raw.isprintable() or " " in raw:
        raise ValueError
    return raw


def secret(raw: str) -> str:
    """What may not be guessed."""
    if len(raw) < MIN_SECRET or not raw.isprintable():
        raise ValueError
    return raw


def header(raw: str) -> str:
    """A header's name."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", raw) or raw.lower() in ("cookie", "authorization", "host", "origin"):
        raise ValueError
    return raw


def role(raw: str) -> str:
    """What somebody may do."""
    if raw.lower() not in ("read", "rules", "admin"):
        raise ValueError
    return raw.lower()


def networks(raw: str) -> str:
    """Addresses and networks, parted by commas."""
    return ",".join(str(ip_network(one.strip())) for one in raw.split(","))


def milvus_address(raw: str) -> str:
    """A server, or a file of Milvus Lite."""
    if raw.endswith(".db") and "://" not in raw:
        return raw
    return web_address(raw)
