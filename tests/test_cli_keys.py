"""`alsoread keys` on the command line: a key alone on standard output, once, and never again."""

from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import small_archive

from index.access_keys import scope_of
from index.catalogue import Catalogue, place_of

SECRET_ADDRESS = "postgresql://alsoread:hunter2@127.0.0.1:1/archive"


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    run("rebuild", write_archive(tmp_path / "a.jsonl", small_archive()), "--data", data)
    return data


def add(data: Path, *arguments: object) -> str:
    return run("keys", "add", "--scope", "write", *arguments, "--data", data).stdout


def test_add_prints_the_key_alone_and_the_rest_on_standard_error(archive: Path):
    result = run("keys", "add", "--scope", "admin", "desk", "--data", archive)
    token = result.stdout.removesuffix("\n")
    assert token.split("_")[0] == "alsoread"
    assert len(token.split()) == 1
    assert "shown only now; sign in with it at /desk, or send it" in result.stderr
    assert token not in result.stderr
    with Catalogue.open(place_of(archive)) as catalogue:
        key = scope_of(catalogue, token)
    assert key is not None
    assert (key.name, key.scope) == ("desk", "admin")


def test_list_shows_all_but_the_secret(archive: Path):
    token = add(archive, "cms").strip()
    revoked = add(archive, "old").strip()
    run("keys", "revoke", "old", "--data", archive)
    shown = lines(run("keys", "list", "--json", "--data", archive))
    assert [(key["id"], key["name"], key["scope"]) for key in shown] == [
        (token.split("_")[1], "cms", "write"),
        (revoked.split("_")[1], "old", "write"),
    ]
    assert [set(key) for key in shown] == [{"id", "name", "scope", "created_at", "revoked_at"}] * 2
    assert shown[0]["revoked_at"] is None
    assert shown[1]["revoked_at"].endswith("Z")
    table = run("keys", "list", "--data", archive).stdout
    assert table.splitlines()[0].split("\t") == ["id", "name", "scope", "created_at", "revoked_at"]
    for secret in (token.split("_")[2], revoked.split("_")[2]):
        assert secret not in table
        assert secret not in str(shown)


def test_revoke_takes_the_name_the_id_or_the_key_itself(archive: Path):
    for number, part in enumerate(("name", "id", "key")):
        token = add(archive, f"k{number}").strip()
        named = {"name": f"k{number}", "id": token.split("_")[1], "key": token}[part]
        said = run("keys", "revoke", named, "--data", archive)
        assert said.stdout.startswith(f"revoked k{number} ({token.split('_')[1]})")
        assert token not in said.output
        with Catalogue.open(place_of(archive)) as catalogue:
            assert scope_of(catalogue, token) is None


def test_what_cannot_be_done_is_one_line_without_a_key_in_it(archive: Path):
    add(archive, "cms")
    taken = run("keys", "add", "--scope", "write", "cms", "--data", archive, code=1)
    assert one_line_error(taken).startswith("alsoread: a key called 'cms' is in force")
    unknown = run("keys", "revoke", f"alsoread_{'0' * 12}_{'1' * 64}", "--data", archive, code=1)
    assert "1" * 8 not in one_line_error(unknown)
    assert "--scope" in run("keys", "add", "cms2", "--data", archive, code=2).stderr
    assert "root" in run("keys", "add", "--scope", "root", "cms2", "--data", archive, code=2).stderr


def test_a_key_can_be_made_before_there_is_an_archive(data: Path):
    result = run("keys", "add", "--scope", "write", "cms", "--data", data)
    assert "making an empty one" in result.stderr
    with Catalogue.open(place_of(data)) as catalogue:
        assert scope_of(catalogue, result.stdout.strip()) is not None


@pytest.mark.parametrize("command", [("list",), ("revoke", "cms")])
def test_without_an_archive_there_is_nothing_to_show_and_none_is_made(data: Path, command: tuple[str, ...]):
    assert "no catalogue in" in one_line_error(run("keys", *command, "--data", data, code=1))
    assert not data.exists()


@pytest.mark.parametrize(
    "command", [("add", "--scope", "write", "cms"), ("list",), ("revoke", "cms")], ids=lambda command: command[0]
)
@pytest.mark.parametrize(
    "address", [SECRET_ADDRESS, SECRET_ADDRESS.replace("hunter2", "hun@ter2"), "mysql://a:hunter2@b/c"]
)
def test_the_password_of_a_catalogue_stands_in_no_error(data: Path, command: tuple[str, ...], address: str):
    result = run("keys", *command, "--data", data, code=1, ALSOREAD_CATALOGUE=address)
    said = one_line_error(result)
    assert "hunter2" not in said
    assert "ter2" not in said
    assert not data.exists()
