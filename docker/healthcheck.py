"""Ends with 0 when the service in this container lives; says on standard error why not, and ends with 1."""

import http.client
import os
import sys

ANY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # read, not bound
"""Where to ask a service that listens on every address."""

host = os.environ.get("ALSOREAD_HOST", "")
port = int(os.environ.get("ALSOREAD_PORT") or 8000)
# Not urllib: it would send the question through a proxy that the environment names.
connection = http.client.HTTPConnection(ANY.get(host, host), port, timeout=4)
try:
    connection.request("GET", "/health/live")
    status = connection.getresponse().status
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"no answer from {host} port {port}: {error}")
if status != http.HTTPStatus.OK:
    sys.exit(f"expected 200 from /health/live, got {status}")
