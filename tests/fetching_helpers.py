"""What the tests of fetching share: a fetcher whose time passes by itself, and certificates made on the spot."""

import os
import shutil
import ssl
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.fetching.fetcher import Fetcher
from index.fetching.rules import FetchRules

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)

LOCAL = FetchRules(user_agent="alsoread/9", allow_private=True, timeout=5, pause=0, tries=3)


@dataclass
class Hours:
    """A clock that moves only when someone sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds

    def today(self) -> datetime:
        return NOON + timedelta(seconds=self.now - 1000)


def fetcher(
    hours: Hours | None = None,
    hosts: dict[str, Sequence[str]] | Callable[[str, int], Sequence[str]] | None = None,
    tls: ssl.SSLContext | None = None,
    **rules: object,
) -> Fetcher:
    """A fetcher for servers of this machine; `hosts` says which names there are, besides numbers."""
    hours = hours or Hours()

    def resolve(host: str, port: int) -> Sequence[str]:
        if callable(hosts):
            return hosts(host, port)
        if hosts and host in hosts:
            return hosts[host]
        if host.replace(".", "").isdigit():
            return (host,)
        raise OSError(f"no host {host}")

    return Fetcher(
        replace(LOCAL, **rules),
        resolver=resolve,
        tls=tls,
        clock=lambda: hours.now,
        sleep=hours.sleep,
        today=hours.today,
        chance=lambda: 0.5,
    )


def certificate(folder: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's context: a certificate for these names, and a client that trusts it and no other."""
    if shutil.which("openssl") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("openssl is missing, and a certificate cannot be made without it")
        pytest.skip("openssl is missing, and a certificate cannot be made without it")
    key, cert = folder / "key.pem", folder / "cert.pem"
    listed = ",".join(f"{'IP' if name[-1].isdigit() else 'DNS'}:{name}" for name in names)
    command = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN={names[0]}"
    files = ["-addext", f"subjectAltName={listed}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    return server, ssl.create_default_context(cafile=str(cert))
