"""Each source is shown by a command of the documentation, and each of these commands is run against a real one."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_fixtures import lines, run
from documented_sources import SOME, Places, documented
from helpers import opened
from server_process import server_environment

pytestmark = pytest.mark.server

DOC = (Path(__file__).parents[1] / "docs" / "sources.md").read_text(encoding="utf-8")
BLOCK = re.search(r"## A command for each\n+```sh\n(.*?)```", DOC, flags=re.DOTALL)
assert BLOCK is not None
COMMANDS = [line.partition("  #")[0].strip() for line in BLOCK[1].splitlines()]

FOUND = {
    "feed.xml": 2,
    "feed.json": 25,
    "https://blog.paper.example": 7,
    "paper.WordPress.xml": 47,
    "paper.WordPress.xml.gz": 47,
    "saved-page.mhtml": 1,
    "scraped/": 1,
}
"""Articles of each source; of the others `SOME`."""

OF_PAGES = (
    "addresses.txt",
    "saved-pages/",
    "saved-pages.zip",
    "https://www.paper.example",
    *(f"https://www.paper.example/{path}" for path in ("feed.xml", "news-sitemap.xml")),
)
OF_ONE_TEXT = ("https://blog.paper.example",)
"""Their articles are copies of each other, and no list shows one of those."""

ASKED_AGAIN = ("https://www.paper.example", "https://blog.paper.example", "saved-pages/", "articles.jsonl.gz")

MAY_REJECT = 3
"""Pages of a real site that say the same of themselves, or nothing, once their own addresses are taken out of them."""


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    shared = Path(__file__).parents[2] / "shared" / "data"
    if not shared.is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            "the development data is not beside the checkout"
        )
    with documented(shared, tmp_path_factory.mktemp("documented")) as found:
        yield found


def local(command: str, places: Places) -> tuple[list[str], Path | None]:
    """The words of a command with what is here in place of the documentation's names, and the file that it reads from."""
    piped = None
    if " | " in command:
        first, command = command.split(" | ")
        piped = Path(places.of[first.removeprefix("cat ")])
    words = shlex.split(command)
    assert words.pop(0) == "alsoread"
    for at, word in enumerate(words):
        if "." in word or word.endswith("/"):
            assert word in places.of or word.startswith("--") or "=" in word, f"nothing stands for {word!r} here"
            words[at] = places.of.get(word, word)
    return words, piped


def called(command: str, places: Places, data: Path) -> subprocess.CompletedProcess[str]:
    words, piped = local(command, places)
    environment = {**server_environment(), "ALSOREAD_FETCH_PRIVATE": "true", "ALSOREAD_FETCH_PAUSE": "0"}
    with piped.open("rb") if piped else Path(os.devnull).open("rb") as given:
        done = subprocess.run(
            [sys.executable, "-m", "service", *words, "--data", str(data)],
            stdin=given,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 3), done.stderr[-2000:]
    return done


def counts(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    heading, figures = done.stdout.splitlines()[:2]
    return dict(zip(heading.split("\t"), map(int, figures.split("\t")), strict=True))


def name_in(command: str) -> str:
    """What the documentation calls the source of a command."""
    words = shlex.split(command.split(" | ")[0])[1:]
    return next(word for word in words if "." in word or word.endswith("/"))


@pytest.mark.parametrize("command", [one for one in COMMANDS if " rebuild " in one])
def test_a_command_of_the_documentation_brings_its_source_in(command: str, places: Places, tmp_path: Path):
    name, data = name_in(command), tmp_path / "data"
    found = counts(called(command, places, data))
    wanted = FOUND.get(name, SOME)
    at_least = wanted - (MAY_REJECT if name in OF_PAGES else 0)
    assert at_least <= found["articles"] == found["added"] <= wanted
    assert found["articles"] + found["rejected"] >= wanted or name not in OF_PAGES
    known = opened(data)
    ids = [known.id_of(row) for row in range(len(known))]
    (answer,) = lines(run("also-read", ids[0], "--json", "--data", data))
    assert {item["id"] for item in answer["items"]} <= set(ids[1:])
    assert answer["items"] or len(ids) == 1 or name in OF_ONE_TEXT
    if name in ASKED_AGAIN:
        again = counts(called(command, places, data))
        assert (again["added"], again["changed"], again["embedded"]) == (0, 0, 0)


def test_a_poll_of_a_feed_that_did_not_change_asks_for_nothing_else(places: Places, tmp_path: Path):
    data, web = tmp_path / "data", places.web
    watch = next(one for one in COMMANDS if " watch " in one)
    assert watch.startswith("alsoread watch --once https://www.paper.example/feed.xml")
    called("alsoread rebuild https://www.paper.example/feed.xml", places, data)
    called(watch, places, data)
    web.calls.clear()
    called(watch, places, data)
    assert web.paths() == ["/feed.xml"], "the feed had not changed, so that nothing else is asked for"
    assert web.calls[-1].headers["if-none-match"] == '"feed"'


def test_every_command_says_what_it_is_for():
    assert BLOCK is not None
    assert all("  # " in line for line in BLOCK[1].splitlines())
    assert len(COMMANDS) == len(set(COMMANDS)) == 19
