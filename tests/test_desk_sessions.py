"""Sessions in the catalogue, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from index.access_keys import add_key, list_keys, revoke_key
from index.catalogue import Catalogue
from index.desk_sessions import IDLE, LONGEST, end_session, find_session, open_session, touch_session
from index.schema import desk_sessions

NOW = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def catalogue(open_catalogue) -> Catalogue:
    return open_catalogue()


def key_id(catalogue: Catalogue, name: str = "Anna", scope="rules") -> str:
    add_key(catalogue, name, scope)
    return next(key.id for key in list_keys(catalogue) if key.name == name)


def test_a_token_finds_its_session_and_no_other_token_any(catalogue: Catalogue):
    token = open_session(catalogue, "Anna", "rules", key_id(catalogue), NOW)
    found = find_session(catalogue, token, NOW)
    assert found is not None
    assert (found.name, found.scope) == ("Anna", "rules")
    assert found.covers("read")
    assert not found.covers("admin")
    for other in ("", "x", "A" * 43, token[:-1], token + "A"):
        assert find_session(catalogue, other, NOW) is None


def test_the_token_stands_nowhere_in_the_catalogue(catalogue: Catalogue):
    token = open_session(catalogue, "Anna", "rules", key_id(catalogue), NOW)
    with catalogue.engine.connect() as connection:
        rows = connection.execute(sa.select(desk_sessions)).all()
    assert token not in repr(rows)
    assert token.encode() not in b"".join(row.token_hash for row in rows)


def test_it_lasts_while_it_is_used_and_not_for_ever(catalogue: Catalogue):
    token = open_session(catalogue, "Anna", "rules", key_id(catalogue), NOW)
    assert find_session(catalogue, token, NOW + IDLE - timedelta(seconds=1)) is not None
    assert find_session(catalogue, token, NOW + IDLE) is None
    moment = NOW
    while (moment := moment + IDLE / 2) < NOW + LONGEST:
        found = find_session(catalogue, token, moment)
        assert found is not None
        assert found.stale
        touch_session(catalogue, token, moment)
    assert find_session(catalogue, token, NOW + LONGEST) is None


def test_it_ends_with_its_key_and_with_the_sign_out(catalogue: Catalogue):
    of = key_id(catalogue)
    first, second = (open_session(catalogue, "Anna", "rules", of, NOW) for _ in range(2))
    end_session(catalogue, first)
    assert find_session(catalogue, first, NOW) is None
    assert find_session(catalogue, second, NOW) is not None
    revoke_key(catalogue, "Anna")
    assert find_session(catalogue, second, NOW) is None


def test_who_has_no_key_has_a_session_too_and_old_ones_are_tidied_away(catalogue: Catalogue):
    token = open_session(catalogue, "Ben at the proxy", "read", None, NOW)
    assert find_session(catalogue, token, NOW).key_id is None
    open_session(catalogue, "Cleo", "read", None, NOW + LONGEST)
    with catalogue.engine.connect() as connection:
        assert connection.execute(sa.select(desk_sessions.c.name)).scalars().all() == ["Cleo"]


def test_a_session_of_a_key_that_is_not_there_is_none(catalogue: Catalogue):
    token = open_session(catalogue, "Anna", "admin", "0" * 12, NOW)
    assert find_session(catalogue, token, NOW) is None
