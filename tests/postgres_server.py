"""A private PostgreSQL for the tests: its own folder, its own port on the loopback, gone at the end of the session."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
from ports import free_port

USER, PASSWORD = "alsoread", "s3cret%20word"
BINARIES = "/usr/lib/postgresql/*/bin"
TEMPLATE = "template_of_ours"
_names = count(1)


def binaries() -> Path | None:
    """Where `postgres` and `initdb` are: in Debian's place, the newest version, or on the path."""
    found = sorted(Path("/").glob(BINARIES[1:] + "/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class PostgresServer:
    """A running server. Databases are made from a template, which takes a moment, and never dropped."""

    def __init__(self, port: int) -> None:
        self.port = port

    def address(self, database: str, user: str = USER, password: str = PASSWORD) -> str:
        """The address of a database as a setting would hold it."""
        return f"postgresql://{user}:{password.replace('%', '%25')}@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple]:
        """One statement as the superuser, outside a transaction; its rows."""
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template0") -> str:
        """The address of a database of its own."""
        name = f"test_{next(_names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.address(name)


def _as_other_user(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root. Where we end the server ends too, however we end."""
    if getpass.getuser() != "root":
        return ["setpriv", "--pdeathsig", "INT", *command]
    user = "postgres" if _exists("postgres") else "nobody"
    return ["setpriv", "--reuid", user, "--regid", _group(user), "--clear-groups", "--pdeathsig", "INT", *command]


def _exists(user: str) -> bool:
    return subprocess.run(["id", "-u", user], capture_output=True, check=False).returncode == 0


def _group(user: str) -> str:
    return subprocess.run(["id", "-g", user], capture_output=True, check=True, text=True).stdout.strip()


@contextmanager
def running_postgres(programs: Path, durable: bool = False) -> Iterator[PostgresServer]:
    """A server that accepts connections; `durable` as in production, otherwise a crash of the machine may lose all."""
    folder = Path(tempfile.mkdtemp(prefix="alsoread-postgres-"))
    try:
        (folder / "password").write_text(PASSWORD)
        if getpass.getuser() == "root":
            owner = "postgres" if _exists("postgres") else "nobody"
            for path in (folder, folder / "password"):
                shutil.chown(path, owner)
        _init(programs, folder)
        port = free_port()
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC"}
        if not durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = _as_other_user([str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), *given])
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        try:
            _wait(process, port, folder / "log")
            yield PostgresServer(port)
        finally:
            process.send_signal(signal.SIGINT)  # at once: SIGTERM would wait for whoever still holds a connection
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _init(programs: Path, folder: Path) -> None:
    options = ["--no-sync", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "-U", USER]
    options += ["--encoding=UTF8", "--locale=C.UTF-8"]
    command = _as_other_user([str(programs / "initdb"), "-D", str(folder / "data"), *options])
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                PostgresServer(port).run("SELECT 1")
                return
        except (OSError, psycopg.OperationalError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.05)


def missing() -> str | None:
    """Why no server can be started here; None where one can."""
    if binaries() is None:
        return "PostgreSQL's programs are not there (apt-get install postgresql)"
    return None if shutil.which("setpriv") and os.name == "posix" else "setpriv (util-linux) is not there"
