"""A client of the HTTP API in Python: thin, typed, over connections that stay open. It gives the types that the API's document
is made from."""

from service.client.client import Client
from service.client.errors import AlsoreadProblem, Unreachable

__all__ = ["AlsoreadProblem", "Client", "Unreachable"]
