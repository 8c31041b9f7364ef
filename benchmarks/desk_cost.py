"""What the desk's pages cost at 100,000 articles: over real HTTP, one worker, one visitor after another.

    python -m benchmarks.desk_cost              (two minutes of indexing, the first time; then a minute)

Each page is asked for in turn, so that a busy moment of the machine meets all of them alike; an article's page and a search
ask for another article and another half of a headline each time. The index serves without an indexer, so that the draft is
compared by its terms: what its meaning costs besides is in `benchmarks.preview_cost`.
"""

import http.client
import statistics
import time
import urllib.parse
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from benchmarks.machine import CACHE, machine
from benchmarks.performance import alsoread, server
from benchmarks.ranking_cost import SIZE, snapshot_of
from index.access_keys import KeyRefused, add_key, revoke_key
from index.catalogue import Catalogue, place_of
from index.snapshot import Snapshot
from service.commands.serve import free_port

ROUNDS = 40
WARM = 5
NAME = "desk benchmark"

Request = tuple[str, str, str]
"""Method, path with query, and body."""


def main() -> None:
    """Print the table."""
    print(machine(), "\n")
    print_table()


def print_table() -> None:
    """The table alone."""
    snapshot = snapshot_of(SIZE)
    data = CACHE / f"headlines-{SIZE}"
    with Catalogue.open(place_of(data)) as catalogue:
        with suppress(KeyRefused):  # the last run ended before it revoked its key
            revoke_key(catalogue, NAME)
        key = add_key(catalogue, NAME, "admin")
        try:
            times = measure(data, key, pages(snapshot))
        finally:
            revoke_key(catalogue, NAME)
    print(
        f"### The desk over {SIZE:,} headlines, one worker\n\n| page | median | 95 % under | first |\n| --- | --- | --- | --- |"
    )
    for name, (first, *took) in times.items():
        warm = sorted(took[WARM:])
        print(f"| {name} | {statistics.median(warm):.0f} ms | {warm[int(len(warm) * 0.95)]:.0f} ms | {first:.0f} ms |")


def pages(snapshot: Snapshot) -> Mapping[str, Callable[[int, str], Request]]:
    """What is asked for, by the number of the round and the token of the session's forms."""
    rows = np.random.default_rng(2).integers(0, len(snapshot), ROUNDS + 1).tolist()
    ids = [snapshot.id_of(row) for row in rows]
    titles = [str(part.card(local).get("title", "")) for part, local in map(snapshot.place, rows)]

    def half(at: int) -> str:
        return titles[at][: max(4, len(titles[at]) // 2)]

    def draft(at: int, token: str) -> Request:
        return "POST", "/desk/draft", urllib.parse.urlencode({"token": token, "title": titles[at], "text": titles[at]})

    def plain(path: str) -> Callable[[int, str], Request]:
        return lambda at, token: ("GET", path, "")

    def asking(path: str, name: str, value: Callable[[int], str]) -> Callable[[int, str], Request]:
        return lambda at, token: ("GET", f"{path}?{urllib.parse.urlencode({name: value(at)})}", "")

    return {
        "search, half a headline": asking("/desk", "q", half),
        "search, two letters": asking("/desk", "q", lambda at: titles[at][:2]),
        "an article with its lists": asking("/desk/article", "id", ids.__getitem__),
        "a draft with its lists, by terms": draft,
        **{
            f"the page {name}": plain(f"/desk/{name}") for name in ("tune", "rules", "health", "clicks", "map", "audit")
        },
    }


def measure(data: Path, key: str, asked: Mapping[str, Callable[[int, str], Request]]) -> dict[str, list[float]]:
    """Milliseconds that each page took, round by round."""
    port = free_port("127.0.0.1")
    times: dict[str, list[float]] = {name: [] for name in asked}
    with server(alsoread(data, port, 1), port, "/health/ready", {"ALSOREAD_INDEXER": "false"}):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/desk/sign-in", urllib.parse.urlencode({"key": key}), headers)
        response = connection.getresponse()
        response.read()
        headers["Cookie"] = (response.getheader("Set-Cookie") or "").split(";")[0]
        connection.request("GET", "/desk/draft", headers=headers)
        token = connection.getresponse().read().decode().partition('name="token" value="')[2].partition('"')[0]
        for at in range(ROUNDS + 1):
            for name, request in asked.items():
                method, path, body = request(at, token)
                started = time.perf_counter()
                connection.request(method, path, body or None, headers)
                answer = connection.getresponse()
                answer.read()
                times[name].append((time.perf_counter() - started) * 1000)
                if answer.status != 200:
                    raise SystemExit(f"{method} {path}: {answer.status}")
    return times


if __name__ == "__main__":
    main()
