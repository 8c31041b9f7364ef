"""A standby of a private PostgreSQL: a copy that follows it by streaming replication, and can be read."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ports import free_port
from postgres_server import PASSWORD, USER, PostgresServer, _as_other_user, _wait


class Standby(PostgresServer):
    """Its own server's, which can be held back."""

    def pause(self) -> None:
        """Stand still: what is committed from now on is not seen here."""
        self.run("SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Go on."""
        self.run("SELECT pg_wal_replay_resume()")

    def at_home(self, address: str) -> str:
        """The address here of a database there."""
        return self.address(address.rpartition("/")[2])


@contextmanager
def running_standby(programs: Path, primary: PostgresServer) -> Iterator[Standby]:
    """One that follows `primary`, and answers."""
    folder = Path(tempfile.mkdtemp(prefix="alsoread-standby-"))
    folder.chmod(0o777)
    try:
        source = f"host=127.0.0.1 port={primary.port} user={USER} password={PASSWORD}"
        copy = [
            str(programs / "pg_basebackup"),
            "-D",
            str(folder / "data"),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        ]
        done = subprocess.run(
            _as_other_user([*copy, "-d", source]), capture_output=True, text=True, check=False, cwd="/"
        )
        if done.returncode:
            raise RuntimeError(f"pg_basebackup failed: {done.stderr}")
        port = free_port()
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = _as_other_user([str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), *given])
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        try:
            _wait(process, port, folder / "log")
            yield Standby(port)
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.send_signal(signal.SIGINT)
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
