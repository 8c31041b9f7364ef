"""Where a request came from. It is used to tell repeats, and stands in no log and no table."""

from collections.abc import Mapping
from typing import Any


def address_of(environ: Mapping[str, Any], proxies: int) -> str:
    """The address of who asked; with proxies of ours in front the one that the outermost of them saw.

    What stands further left in `X-Forwarded-For` was sent by whoever asked, and may be anything. Where fewer proxies wrote
    into it than there should be, the request came around them, and the connection's own address counts.
    """
    if proxies > 0:
        hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
        if len(hops) >= proxies:
            return hops[-proxies]
    return str(environ.get("REMOTE_ADDR") or "")
