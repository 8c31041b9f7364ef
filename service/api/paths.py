"""Ids in paths. They may hold any character, slashes too, which is why the longer paths below them need care."""

from flask import request
from werkzeug.routing import PathConverter

from recommender.policy import Slot
from service.errors import InvalidParameter

SERVED: tuple[Slot, ...] = ("also-read", "more-in-section")


class AnyId(PathConverter):
    """An id in a path: any characters, slashes included, at either end too."""

    part_isolating = False
    regex = ".+?"


class WholeId(AnyId):
    """An id at the end of a path. What ends as the address of suggestions does is that address, whatever the method: an
    article whose id ends so is named with `?id=`."""

    regex = ".+?" + "".join(f"(?<!/{slot})" for slot in SERVED)


def check_path_encoding() -> None:
    """Raises `InvalidParameter` for a path that is no UTF-8: it would be read as another id, and that be written."""
    raw = str(request.environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    try:
        raw.decode()
    except UnicodeDecodeError:
        raise InvalidParameter("path", ascii(raw[:200]), "percent-encoded UTF-8") from None
