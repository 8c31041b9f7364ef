"""Files of the published snapshot that were cut short, or of which one bit is another."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.fault_kills import Outcome
from benchmarks.fault_server import WORKERS, Server, serving, until
from index.pointer import POINTER, current_generation, generations, publish
from index.snapshot import read_manifest

IN_SEGMENT = ("vectors.faiss", "ids.bytes", "ids.offsets.npy", "published.npy", "cards.bytes", "segment.json")
IN_SNAPSHOT = ("manifest.json", "tombstones.npy", "links_out.npy", "links_in.npy")


def damage(data: Path, in_segment: tuple[str, ...] = IN_SEGMENT, starts: bool = True) -> list[Outcome]:
    """Damage each kind of file, once before it is switched to and once before the server starts."""
    rows = [_at_the_start(data, in_segment)] if starts else []
    return [*rows, _at_the_switch(data, in_segment)]


def _at_the_switch(data: Path, in_segment: tuple[str, ...]) -> Outcome:
    row = Outcome("damaged file, at a switch")
    good, newest = generations(data)[-2:]
    publish(data, good)
    with serving(data, ALSOREAD_FOLD_AFTER="0") as server:
        for path, spoil in _cases(data, newest, in_segment):
            whole = path.read_bytes()
            spoil(path)
            if path.name != POINTER:
                publish(data, newest)
            _is_named(row, server, path, good)
            path.write_bytes(whole)
            publish(data, good)
            until(lambda: _all_say(server, False, good), "nothing is a problem any more")
            row.trials += 1
        newest_file = data / "segments" / read_manifest(data, newest).segments[-1][0] / "vectors.faiss"
        flip(newest_file)
        publish(data, newest)
        _is_named(row, server, newest_file, good)
        _rebuild_mends(row, server)
        row.refused += server.refused
    return row


def _at_the_start(data: Path, in_segment: tuple[str, ...]) -> Outcome:
    row = Outcome("damaged file, at a start")
    newest = current_generation(data)
    copy = data.parent / "copy"
    for path, spoil in _cases(data, newest, in_segment):
        shutil.copytree(data, copy)
        damaged = copy / path.relative_to(data)
        spoil(damaged)
        with serving(copy, ALSOREAD_FOLD_AFTER="0") as server:
            _is_named(row, server, damaged, None)
            _rebuild_mends(row, server)
            row.trials += 1
            row.refused += server.refused
        shutil.rmtree(copy)
    return row


def _cases(data: Path, generation: str, in_segment: tuple[str, ...]) -> Iterator[tuple[Path, Callable[[Path], None]]]:
    segment = read_manifest(data, generation).segments[-1][0]
    paths = [data / "segments" / segment / name for name in in_segment]
    paths += [data / "snapshots" / generation / name for name in IN_SNAPSHOT]
    for path in [*paths, data / POINTER]:
        for spoil in (cut_short, flip):
            yield path, spoil


def cut_short(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def _is_named(row: Outcome, server: Server, path: Path, good: str | None) -> None:
    until(lambda: _all_say(server, True, good), f"{path.name} is noticed")
    health = server.health()
    named = path.name if path.name != POINTER else ("names no generation", "is missing")
    said = any(name in health["problem"] for name in ([named] if isinstance(named, str) else named))
    row.expect(said or path.name == "segment.json", f"{path.name}: {health['problem']}")
    if good is not None:
        row.expect(health["generation"] == good, f"{path.name}: {health['generation']} serves")
    answer = server.get("/v1/articles/base-1/also-read")
    row.expect(answer[0] == 200 and answer[1]["items"], f"{path.name}: {answer[:2]}")
    row.notes.append(f"/health/ready: {health['problem'].replace(str(path.parents[1]), '…')}")


def _rebuild_mends(row: Outcome, server: Server) -> None:
    began = time.monotonic()
    # the small archive's lists change much with its second part, which the gate would hold against it
    code, said = server.rebuild("--force")
    row.expect(code == 0, f"a rebuild ended with {code}: {said[-300:]}")

    until(lambda: _all_say(server, False, None), "the rebuilt index serves")
    row.recovered.append(time.monotonic() - began)


def _all_say(server: Server, troubled: bool, generation: str | None) -> bool:
    """Whether every worker has a problem or none, and serves that generation, where one is given."""
    bodies = [answer[1] for answer in server.of_each_worker("/health/ready").values()]
    as_wished = [
        (body["problem"] is not None) == troubled and generation in (None, body["generation"]) for body in bodies
    ]
    return len(bodies) == WORKERS and all(as_wished)
