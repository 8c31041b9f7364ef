"""Which of an entry's images stands for it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from index.extraction.fragment_addresses import Addresses

_IMAGE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?.*)?", re.IGNORECASE)


def image_of(entry: Mapping[str, Any], addresses: Addresses, in_text: Sequence[str]) -> str | None:
    """The address of the image that the publisher names for an entry, else of the first in its text; http or https, absolute.

    In this order: Media RSS, the widest first; its thumbnail; an enclosed image; what iTunes or the item names.
    """
    for address in _named(entry):
        whole = addresses.resolved(address)
        if whole is not None:
            return whole
    return in_text[0] if in_text else None


def _named(entry: Mapping[str, Any]) -> Iterator[str]:
    media = [one for one in _maps(entry.get("media_content")) if _is_image(one, "url")]
    yield from _addresses(sorted(media, key=_width, reverse=True), "url")
    yield from _addresses(sorted(_maps(entry.get("media_thumbnail")), key=_width, reverse=True), "url")
    enclosed = [one for one in _maps(entry.get("links")) if one.get("rel") == "enclosure" and _is_image(one, "href")]
    yield from _addresses(enclosed, "href")
    image = entry.get("image")
    if isinstance(image, Mapping):
        yield from _addresses([image], "href")
        yield from _addresses([image], "url")


def _maps(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _addresses(ones: Sequence[Mapping[str, Any]], key: str) -> Iterator[str]:
    for one in ones:
        address = one.get(key)
        if isinstance(address, str) and address.strip():
            yield address


def _is_image(one: Mapping[str, Any], key: str) -> bool:
    kind = str(one.get("medium") or one.get("type") or "").lower()
    if kind:
        return kind.startswith("image")
    address = one.get(key)
    return isinstance(address, str) and bool(_IMAGE_FILE.fullmatch(address[address.rfind(".") :]))


def _width(one: Mapping[str, Any]) -> int:
    """Pixels; 0 where they are not said. `sorted` keeps the publisher's order among equals."""
    written = str(one.get("width") or "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 6 else 0
