"""A call of the purge hook: what it says, how it is signed, and that it was delivered."""

import hashlib
import hmac
import secrets
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from socket import SHUT_RDWR
from urllib.parse import urlsplit

import orjson

from service.api.sharing import surrogate_key
from service.errors import DeliveryFailed

TIMEOUT_SECONDS = 5.0
"""So long a call may take from the first byte to the last."""

SIGNATURE = "Alsoread-Signature"


def call_body(seq: int, generation: str, changes: Mapping[str, bool], everything: bool = False) -> bytes:
    """The body of a call: which articles came out differently, and whether what is shown of each must go (`changes`, by id);
    or that everything did. `seq` is the number of the last change that it tells of."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    record = {
        "id": secrets.token_hex(16),
        "sent_at": moment,
        "seq": seq,
        "generation": generation,
        "changes": [
            {"article": article_id, "surrogate_key": surrogate_key(article_id), "hidden": hidden}
            for article_id, hidden in changes.items()
        ],
        "all": everything,
    }
    return orjson.dumps(record)


def signature(secret: str, body: bytes, at: int) -> str:
    """What the header `Alsoread-Signature` says of a body that is sent at that second of Unix time."""
    proof = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={proof}"


class PurgeHook:
    """Where purges are posted. Neither its address nor its secret stands in any message."""

    def __init__(self, url: str, secret: str) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secret = secret

    def deliver(self, body: bytes) -> None:
        """Post a body. Raises `DeliveryFailed` for whatever is no answer of 200 to 299; a redirect is not followed."""
        connection = self._connection()
        late = threading.Event()
        timer = threading.Timer(TIMEOUT_SECONDS, _give_up, (connection, late))
        timer.daemon = True
        timer.start()
        try:
            connection.request("POST", self._target, body, self._headers(body))
            status = connection.getresponse().status
        except (OSError, HTTPException, ValueError) as error:
            reason = f"no answer within {TIMEOUT_SECONDS:.0f} s" if late.is_set() else _said(error)
            raise DeliveryFailed(reason) from None
        finally:
            timer.cancel()
            connection.close()
        if not 200 <= status < 300:
            raise DeliveryFailed(f"its receiver answers {status}")

    def _connection(self) -> HTTPConnection:
        if self._secure:
            context = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=TIMEOUT_SECONDS, context=context)
        return HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)

    def _headers(self, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "Alsoread",
            SIGNATURE: signature(self._secret, body, int(time.time())),
        }


def _give_up(connection: HTTPConnection, late: threading.Event) -> None:
    """End a call that takes too long: one that sends a byte now and then would never run into a time limit of its own."""
    late.set()
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(SHUT_RDWR)


def _said(error: Exception) -> str:
    """Why a call failed, without the address that an error may name."""
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT_SECONDS:.0f} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its receiver's certificate does not hold ({error.verify_message})"
    reason = error.strerror if isinstance(error, OSError) else None
    return f"its receiver cannot be reached ({reason or type(error).__name__})"
