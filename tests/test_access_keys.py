"""Keys: shown once, kept as a hash, refused as soon as they are revoked."""

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from index import access_keys
from index.access_keys import KeyInfo, KeyRefused, add_key, is_key, list_keys, revoke_key, scope_of
from index.catalogue import Catalogue, place_of
from index.schema import api_keys


@pytest.fixture
def catalogue(data: Path) -> Iterator[Catalogue]:
    with Catalogue.open(place_of(data)) as opened:
        yield opened


def id_in(token: str) -> str:
    return token.split("_")[1]


def test_a_key_has_an_id_that_may_be_shown_and_256_bits_of_secret(catalogue: Catalogue):
    token = add_key(catalogue, "cms", "write")
    assert re.fullmatch(r"alsoread_[0-9a-f]{12}_[0-9a-f]{64}", token)
    assert is_key(token)
    assert len({add_key(catalogue, f"key {number}", "write") for number in range(20)}) == 20


@pytest.mark.parametrize("scope", ["read", "write", "admin"])
def test_a_key_says_whose_it_is_and_what_for(catalogue: Catalogue, scope: access_keys.Scope):
    token = add_key(catalogue, " cms ", scope)
    key = scope_of(catalogue, token)
    assert key is not None
    assert (key.id, key.name, key.scope, key.revoked_at) == (id_in(token), "cms", scope, None)
    assert abs((datetime.now(UTC) - key.created_at).total_seconds()) < 10
    assert list_keys(catalogue) == [key]


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("read", {"read"}),
        ("write", {"write"}),
        ("rules", {"read", "rules"}),
        ("admin", {"read", "rules", "write", "admin"}),
        ("", set()),
        ("reports", set()),
    ],
)
def test_a_scope_covers_what_it_says_and_an_unknown_one_nothing(scope: str, covered: set[str]):
    key = KeyInfo("0" * 12, "cms", scope, datetime.now(UTC))
    assert {wanted for wanted in access_keys.SCOPES if key.covers(wanted)} == covered


def test_of_the_secret_only_a_hash_is_kept(catalogue: Catalogue, data: Path):
    token = add_key(catalogue, "cms", "write")
    secret = token.split("_")[2]
    with catalogue.engine.connect() as connection:
        row = connection.execute(sa.select(api_keys)).one()
    assert row.secret_hash == hashlib.sha256(secret.encode()).digest()
    catalogue.close()
    for file in data.iterdir():
        content = file.read_bytes()
        assert secret.encode() not in content
        assert bytes.fromhex(secret) not in content


def other_secret(token: str) -> str:
    return token[:-1] + ("0" if token[-1] != "0" else "1")


@pytest.mark.parametrize(
    "change",
    [
        other_secret,
        lambda token: token.upper(),
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token + "\n",
        lambda token: f"alsoread_{'0' * 12}_{token.split('_')[2]}",
        lambda token: token.removeprefix("alsoread_"),
        lambda token: "",
        lambda token: "alsoread_%_%",
    ],
)
def test_no_other_text_is_the_key(catalogue: Catalogue, change):
    token = add_key(catalogue, "cms", "admin")
    assert scope_of(catalogue, change(token)) is None


@given(text=st.text() | st.from_regex(r"alsoread_[0-9a-f]{12}_[0-9a-f]{64}", fullmatch=True))
def test_whatever_comes_is_no_key_and_no_error(catalogue: Catalogue, text: str):
    assert scope_of(catalogue, text) is None


def test_an_unknown_id_costs_the_work_that_a_wrong_secret_costs(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch):
    token = add_key(catalogue, "cms", "write")
    compared: list[tuple[int, int]] = []
    really = hmac.compare_digest

    def compare(a: bytes, b: bytes) -> bool:
        compared.append((len(a), len(b)))
        return really(a, b)

    monkeypatch.setattr(access_keys.hmac, "compare_digest", compare)
    for unknown in (other_secret(token), f"alsoread_{'f' * 12}_{'f' * 64}", token):
        scope_of(catalogue, unknown)
    assert compared == [(32, 32)] * 3


@pytest.mark.parametrize("named", ["name", "id", "token"])
def test_a_revoked_key_is_none_and_its_name_is_free_again(catalogue: Catalogue, named: str):
    token, other = add_key(catalogue, "cms", "write"), add_key(catalogue, "backup", "write")
    revoked = revoke_key(catalogue, {"name": "cms", "id": id_in(token), "token": token}[named])
    assert (revoked.name, revoked.id) == ("cms", id_in(token))
    assert revoked.revoked_at is not None
    assert scope_of(catalogue, token) is None
    assert scope_of(catalogue, other) is not None
    renewed = add_key(catalogue, "cms", "write")
    assert scope_of(catalogue, renewed) is not None
    assert [(key.name, key.revoked_at is None) for key in list_keys(catalogue)].count(("cms", False)) == 1


def test_revoking_again_by_id_changes_nothing(catalogue: Catalogue):
    token = add_key(catalogue, "cms", "write")
    first = revoke_key(catalogue, "cms")
    assert revoke_key(catalogue, id_in(token)) == first
    assert list_keys(catalogue) == [first]


def test_a_name_belongs_to_one_key_in_force(catalogue: Catalogue):
    add_key(catalogue, "cms", "write")
    with pytest.raises(KeyRefused, match="a key called 'cms' is in force"):
        add_key(catalogue, "cms", "admin")
    assert len(list_keys(catalogue)) == 1


def test_of_many_who_want_a_name_at_once_one_gets_it(catalogue: Catalogue):
    def attempt(_: int) -> bool:
        try:
            add_key(catalogue, "cms", "write")
        except KeyRefused:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\nb", "a\x1b[31mb", "alsoread_mine", "0123456789ab"])
def test_a_name_is_short_and_cannot_be_taken_for_a_key(catalogue: Catalogue, name: str):
    with pytest.raises(KeyRefused, match="name: expected"):
        add_key(catalogue, name, "write")
    assert list_keys(catalogue) == []


def test_an_unknown_scope_is_refused(catalogue: Catalogue):
    with pytest.raises(KeyRefused, match="scope: expected one of read, rules, write, admin, got 'root'"):
        add_key(catalogue, "cms", "root")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("named", ["nobody", "", "alsoread_" + "a" * 12 + "_" + "b" * 64, "alsoread_half_a_key"])
def test_revoking_what_is_not_there_says_so_and_repeats_no_key(catalogue: Catalogue, named: str):
    with pytest.raises(KeyRefused, match="no key in force is called") as refused:
        revoke_key(catalogue, named)
    assert "alsoread_" not in str(refused.value)


def test_nothing_that_is_shown_of_a_key_or_logged_holds_its_secret(
    catalogue: Catalogue, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        token = add_key(catalogue, "cms", "write")
        key = scope_of(catalogue, token)
        scope_of(catalogue, other_secret(token))
        revoke_key(catalogue, token)
    secret = token.split("_")[2]
    assert secret[:-1] not in caplog.text
    assert secret not in repr((key, list_keys(catalogue)))
