"""What stands behind the question mark, and the article that it names."""

from datetime import datetime
from urllib.parse import unquote_to_bytes

from flask import request
from werkzeug.datastructures import MultiDict

from recommender.recommend import Located, Recommender
from service.errors import InvalidParameter, UnknownParameter


def query_arguments() -> "MultiDict[str, str]":
    """The parameters of the request. Raises `InvalidParameter` where they are no UTF-8."""
    raw = request.query_string
    try:
        # what is no UTF-8 would be read as the letters of its encoding: `%FF` as `%25FF`, which is another id
        unquote_to_bytes(raw).decode()
        return request.args
    except UnicodeDecodeError:
        raise InvalidParameter("query", ascii(raw[:200]), "percent-encoded UTF-8") from None


def only(*names: str) -> "MultiDict[str, str]":
    """The parameters of a request that takes no others than these, each once.

    Raises `UnknownParameter` and `InvalidParameter`.
    """
    arguments = query_arguments()
    for name, values in arguments.lists():
        if name not in names:
            raise UnknownParameter(name[:200], values[0][:200], names)
        if len(values) > 1:
            raise InvalidParameter(name, f"{len(values)} values", "one")
    return arguments


def locate(recommender: Recommender, arguments: "MultiDict[str, str]", now: datetime) -> Located:
    """The article that exactly one of `id` and `url` names. Raises `InvalidParameter` or `UnknownArticle`."""
    identifiers, addresses = arguments.getlist("id"), arguments.getlist("url")
    if len(identifiers) + len(addresses) != 1:
        raise InvalidParameter("id, url", f"{len(identifiers) + len(addresses)} of them", "exactly one of id and url")
    if identifiers:
        return recommender.locate_id(identifiers[0], now)
    try:
        return recommender.locate_url(addresses[0], now)
    except ValueError:
        raise InvalidParameter("url", addresses[0][:200], "an absolute http or https address") from None
