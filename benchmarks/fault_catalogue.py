"""A catalogue that is locked for long, and a PostgreSQL that restarts or is away for a while."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.fault_archive import make_archive
from benchmarks.fault_kills import Outcome
from benchmarks.fault_server import serving, until
from benchmarks.fault_traffic import Traffic
from index.catalogue import FILE

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # the private PostgreSQL is that of the tests


def locked(data: Path, trials: int = 3, seconds: float = 10) -> list[Outcome]:
    """Another process holds SQLite's lock for long."""
    row = Outcome(f"SQLite locked for {seconds:.0f} s")
    with serving(data, ALSOREAD_FOLD_AFTER="0") as server, Traffic(server) as traffic:
        for _ in range(trials):
            time.sleep(2)
            traffic.truth.refusals.clear()
            holder = sqlite3.connect(data / FILE, isolation_level=None, timeout=10)
            holder.execute("BEGIN EXCLUSIVE")
            began = time.monotonic()
            time.sleep(seconds)
            ended = time.monotonic()
            holder.rollback()
            holder.close()
            row.recovered.append(traffic.writes_go_on())
            _refused_at_once(row, traffic, "catalogue-busy")
            row.notes.append(_latencies(traffic, began, ended))
            until(server.well, "all is well")
            traffic.check()
            row.trials += 1
        row.expect(server.health()["problem"] is None, f"/health/ready: {server.health()['problem']}")
        row.add(traffic.truth, server)
    return [row]


def _refused_at_once(row: Outcome, traffic: Traffic, *names: str) -> None:
    row.expect(traffic.truth.refusals, "no write was refused")
    for seconds, status, name, detail in traffic.truth.refusals:
        row.expect(name in names, f"a write got {status} {name}: {detail}")
        row.expect(seconds < 3.5, f"a write was refused after {seconds:.1f} s")
        row.notes.append(f"writes: {status} {name}: {detail}")


def _latencies(traffic: Traffic, began: float, ended: float) -> str:
    meanwhile = [took for at, took in traffic.durations if began <= at < ended]
    before = [took for at, took in traffic.durations if at < began]
    if not meanwhile or not before:
        return "no reads"
    figures = [f"{np.percentile(part, 95) * 1000:.0f} ms" for part in (meanwhile, before)]
    return f"95 % of reads within {figures[0]} meanwhile, {figures[1]} before"


def postgres_restarts(data: Path, away: float = 5, trials: int = 2) -> list[Outcome]:
    """PostgreSQL is restarted at once, and is away for a while."""
    at_once, for_long = Outcome("PostgreSQL restarted (immediate)"), Outcome(f"PostgreSQL away for {away:.0f} s")
    try:
        from postgres_server import binaries, missing, running_postgres
    except ModuleNotFoundError as error:
        at_once.notes.append(f"not tried: {error}")
        return [at_once]
    if reason := missing():
        at_once.notes.append(f"not tried: {reason}")
        return [at_once]
    programs = binaries()
    assert programs is not None
    with running_postgres(programs, durable=True) as postgres:
        address = postgres.new_database()
        control = _control(programs, postgres)
        archive = data.parent / "shared"
        make_archive(archive, address)
        try:
            with (
                serving(archive, ALSOREAD_CATALOGUE=address, ALSOREAD_FOLD_AFTER="60") as server,
                Traffic(server) as traffic,
            ):
                for row, pause in [(at_once, 0.0)] * trials + [(for_long, away)] * trials:
                    before = traffic.truth.acknowledged
                    time.sleep(2)
                    _one_restart(row, traffic, control, pause)
                    row.acknowledged += traffic.truth.acknowledged - before
                    row.trials += 1
                before = traffic.truth.acknowledged
                for_long.add(traffic.truth, server)
                for_long.acknowledged -= before
                said = server.log.read_text()
                for_long.expect("s3cret" not in said, "the password is in the log")
                for_long.notes += _told(said)
        finally:
            control("stop")
    return [at_once, for_long]


def _one_restart(row: Outcome, traffic: Traffic, control: Callable[[str], None], pause: float) -> None:
    traffic.truth.refusals.clear()
    asked = traffic.truth.asked
    control("stop")
    began = time.monotonic()
    time.sleep(pause)
    if pause:
        row.expect(traffic.truth.asked > asked, "no question was answered while it was away")
        for answer in traffic.server.of_each_worker("/health/ready").values():
            row.expect(answer[1]["problem"], "/health/ready says nothing")
            row.notes.append(f"/health/ready: {answer[1]['problem']}")
        _refused_at_once(row, traffic, "catalogue-busy", "catalogue-unusable")
        began = time.monotonic()
    control("start")
    traffic.writes_go_on()

    def well() -> bool:
        answers = traffic.server.of_each_worker("/health/ready").values()
        return traffic.server.well() and all(answer[1]["problem"] is None for answer in answers)

    until(well, "all is well")
    row.recovered.append(time.monotonic() - began)
    traffic.check()


def _control(programs: Path, postgres: object) -> Callable[[str], None]:
    from postgres_server import PostgresServer, _as_other_user

    assert isinstance(postgres, PostgresServer)
    folder = postgres.run("SHOW data_directory")[0][0]
    options = f"-p {postgres.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="

    def control(what: str) -> None:
        given = ["-m", "immediate"] if what == "stop" else ["-w", "-o", options, "-l", f"{folder}/again.log"]
        command = [str(programs / "pg_ctl"), what, "-D", folder, *given]
        # not with --pdeathsig: what pg_ctl starts is to outlive it
        command = [part for part in _as_other_user(command) if part not in ("--pdeathsig", "INT")]
        subprocess.run(command, check=what == "start", capture_output=True, cwd="/")

    return control


def _told(said: str) -> list[str]:
    lines = {line.split(" ", 2)[-1] for line in said.splitlines() if " ERROR " in line or " WARNING " in line}
    return [f"log: {line[:200]}" for line in sorted(lines)][:8]
