"""How fast the desk's page *Tune* follows a slider: its requests in this process, over 100,000 headlines.

    python -m benchmarks.tuning            (two minutes of indexing, the first time; then a minute)

Figures are medians over several moves; a move is every call that the page's script makes for it.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import faiss
from flask.testing import FlaskClient

from benchmarks.machine import machine
from benchmarks.ranking_cost import CLOCK, SIZE, copy_of
from index.access_keys import KeyRefused, add_key, revoke_key
from index.catalogue import Catalogue, place_of
from service.app import create_app, make_recommender
from service.settings import Settings

PAGE = "/desk/tune"
KEY_NAME = "benchmark of tuning"


def signed_in() -> FlaskClient:
    """A browser at the desk of a service of its own, over the headlines."""
    data = copy_of(SIZE)
    with Catalogue.open(place_of(data)) as catalogue:
        with suppress(KeyRefused):
            revoke_key(catalogue, KEY_NAME)
        key = add_key(catalogue, KEY_NAME, "rules")
    settings = Settings(data=data)
    client = create_app(settings, make_recommender(settings), lambda: CLOCK).test_client()
    assert client.post("/desk/sign-in", data={"key": key}).status_code == 303
    return client


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def move(client: FlaskClient, **settings: str) -> list[float]:
    """How long each call takes that a move of a slider makes, in ms."""
    taken: list[float] = []
    start, wanted = 0, 1
    while start < wanted:
        began = time.perf_counter()
        response = client.get(f"{PAGE}/try", query_string={**settings, "from": str(start)})
        taken.append((time.perf_counter() - began) * 1000)
        found = response.get_json()
        start, wanted = found["start"] + found["compared"], found["wanted"]
    return taken


def moves(client: FlaskClient, setting: str, values: Iterable[float]) -> tuple[float, float, float]:
    """Of several moves the medians of: the first call, the longest call, all calls together, in ms."""
    taken = [move(client, **{setting: str(value)}) for value in values]
    figures = ([calls[0] for calls in taken], [max(calls) for calls in taken], [sum(calls) for calls in taken])
    first, longest, whole = (statistics.median(of) for of in figures)
    return first, longest, whole


def rows() -> list[tuple[str, str]]:
    """The rows of the table."""
    faiss.omp_set_num_threads(1)
    client = signed_in()
    client.get(PAGE)
    page = statistics.median(milliseconds(lambda: client.get(PAGE)) for _ in range(20))
    found = [("the page, nothing moved", f"{page:.0f} ms")]
    for name, setting, values in (
        ("first move ever", "half_life_days", [50.0]),
        ("later moves of half-life", "half_life_days", [40.0, 30.0, 20.0, 10.0, 5.0]),
        ("later moves of diversity", "diversity", [0.2, 0.5, 0.7, 1.5, 2.0]),
        ("later moves of minimum relevance", "minimum_relevance", [0.3, 0.5, 0.6, 0.7, 0.8]),
        ("a window never tried (other candidates)", "window_days", [400.0, 300.0, 200.0]),
    ):
        first, longest, whole = moves(client, setting, values)
        found.append(
            (
                name,
                f"article's lists after {first:.0f} ms, all fifty after {whole:.0f} ms, longest call {longest:.0f} ms",
            )
        )
    return found


def main() -> None:
    """Print the table."""
    print(machine(), "\n")
    print_table()


def print_table() -> None:
    """The table alone."""
    print(f"### Tuning at the desk, {SIZE:,} headlines, in process, one thread\n\n| what | figure |\n| --- | --- |")
    for what, figure in rows():
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    main()
