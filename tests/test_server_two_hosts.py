"""Two hosts that share one catalogue: what is written at one, the other follows without a bell."""

from collections.abc import Iterator

import pytest
from article_life import PUBLISHED, gone, lives_and_dies, new_piece, rebuild, shown
from server_process import LiveServer

from index.pointer import current_generation

pytestmark = [pytest.mark.server, pytest.mark.timed, pytest.mark.postgres]

FOLDED = 20.0
"""Seconds within which another host's rebuild is in the index: its indexer looks every 5, and rebuilds."""

Hosts = tuple[LiveServer, LiveServer]


@pytest.fixture(scope="module")
def hosts(postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """Two hosts with their indexers, one catalogue, a data folder each."""
    address, folder = postgres.new_database(), tmp_path_factory.mktemp("hosts")
    here, there = (LiveServer(folder / name / "data", address, workers=2) for name in ("here", "there"))
    try:
        for server in (here, there):
            server.data.parent.mkdir()
            rebuild(server)
            server.start()
            server.start_indexer()
        yield here, there
    finally:
        for server in (here, there):
            server.stop()


def test_a_put_and_a_delete_at_one_host_are_seen_at_the_other_in_time(hosts: Hosts):
    for here, there in (hosts, hosts[::-1]):
        lives_and_dies(here, there)


def test_a_rebuild_at_one_host_is_folded_in_at_the_other(hosts: Hosts):
    here, there = hosts
    brought, written = new_piece("match"), new_piece("budget")
    there.put(written)
    there.within(PUBLISHED, shown(written))
    before = {server.data: current_generation(server.data) for server in hosts}
    rebuild(here, brought, written)
    here.within(PUBLISHED, shown(brought))
    print(f"folded in elsewhere after {there.within(FOLDED, shown(brought)):.3f} s")
    for server in hosts:
        server.within(PUBLISHED, shown(written))
        assert current_generation(server.data) > before[server.data]


def test_a_host_that_was_away_catches_up_as_it_starts(hosts: Hosts):
    here, there = hosts
    kept, taken_down = new_piece(), new_piece()
    here.put(taken_down)
    there.within(PUBLISHED, shown(taken_down))
    there.stop()
    here.delete(taken_down["id"])
    here.put(kept)
    there.start()
    for worker in there.clients:
        gone(taken_down)(worker)
    there.start_indexer()
    there.within(PUBLISHED, shown(kept))
