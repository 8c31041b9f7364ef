"""The headers of answers that matter."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from service.problems import RETRY_AFTER_SECONDS


def _header(says: str, example: str, needed: bool = False, schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    told = {"description": says, "schema": schema or {"type": "string"}, "example": example}
    return {**told, "required": True} if needed else told


HEADERS: Mapping[str, tuple[str, dict[str, Any]]] = MappingProxyType(
    {
        "ETag": (
            "ETag",
            _header(
                "Names what was answered; for `If-None-Match`, of a rule and of all rules also `If-Match`.",
                '"41"',
                True,
            ),
        ),
        "Cache-Control": (
            "Cache-Control",
            _header("Browsers may keep it, and ask each time whether it is still the same.", "no-cache", True),
        ),
        "Kept-Hour": (
            "Cache-Control",
            _header("It may be kept by anyone, for an hour.", "public, max-age=3600", True),
        ),
        "NoStore": ("Cache-Control", _header("It holds for this moment only.", "no-store", True)),
        "CDN-Cache-Control": (
            "CDN-Cache-Control",
            _header(
                "For how long shared caches may keep it, where the settings say that they are purged.",
                "max-age=900, stale-while-revalidate=900, stale-if-error=86400",
            ),
        ),
        "Surrogate-Key": (
            "Surrogate-Key",
            _header("The keys by which shared caches are told to forget it.", "alsoread a-5f1c0d3a97b2e684"),
        ),
        "Vary": ("Vary", _header("What the form of an answer depends on.", "Accept-Encoding")),
        "Location": ("Location", _header("Where the rule is.", "/v1/rules/6f1d2c3b4a59687f", True)),
        "Retry-After": (
            "Retry-After",
            {
                "description": "After how many seconds to ask again, where that helps.",
                "schema": {"type": "integer", "enum": sorted(RETRY_AFTER_SECONDS.values())},
                "example": min(RETRY_AFTER_SECONDS.values()),
            },
        ),
        "WWW-Authenticate": ("WWW-Authenticate", _header("How a key is shown.", "Bearer", True)),
        "Allow": ("Allow", _header("The methods that are taken.", "GET, HEAD, OPTIONS", True)),
    }
)
"""By the name of the component: what the header is called, and what is said of it."""
