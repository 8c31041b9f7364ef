"""The settings: read once, checked, handed on whole."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from cli_fixtures import run

from service.errors import InvalidSetting
from service.settings import Settings, read_settings

ORIGINS = "https://www.example.com,http://localhost:8080,https://a.example"
ORIGINS_EXPECTED = "* or origins such as https://www.example.com, parted by commas, without a path"
BAD_ORIGINS = (
    "www.example.com",
    "https://www.example.com/",
    "https://www.example.com/path",
    "https://www.example.com?",
    "https://user@www.example.com",
    "ftp://www.example.com",
    "https://*.example.com",
    "https://www.example.com:x",
    "https://www.example.com,",
    "https://",
    "*,https://www.example.com",
    "https://www.exämple.com",
    "null",
)
HOOK = "https://cache.example.com/purge?token=hunter2"
SIGNING = "a secret of hunter2"


def test_without_variables_the_settings_are_the_defaults():
    assert read_settings({"PATH": "/bin", "ALSO": "x"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "raw", "value"),
    [
        ("DATA", "some/where", Path("some/where")),
        ("POLICY", "mine.toml", Path("mine.toml")),
        ("POLICY_B", "b.toml", Path("b.toml")),
        ("POLICY_SPLIT", "0.1", 0.1),
        ("TRUST_PROXY", "2", 2),
        ("MODEL", "word-hash", "word-hash"),
        ("HOST", "::1", "::1"),
        ("PORT", "0", 0),
        ("PORT", "65535", 65_535),
        ("WORKERS", "1", 1),
        ("WORKERS", "256", 256),
        ("THREADS", "16", 16),
        ("INDEXER", "false", False),
        ("INDEXER", "True", True),
        ("FOLD_AFTER", "0", 0),
        ("FOLD_AFTER", "250", 250),
        ("MAX_LOSS", "0", 0.0),
        ("MAX_LOSS", "1", 1.0),
        ("MAX_LOSS", "0.05", 0.05),
        ("MAX_LIST_CHANGE", "0.9", 0.9),
        ("KEEP_SNAPSHOTS", "2", 2),
        ("LOG_LEVEL", "WARNING", "warning"),
        ("BOILERPLATE", "Propose", "propose"),
        ("CATALOGUE", "postgresql://u:p@h/db", "postgresql://u:p@h/db"),
        ("CATALOGUE", "postgresql+psycopg://u:p%2F%40@[::1]:5432/db?sslmode=require", None),
        ("CATALOGUE", "postgresql:///db?host=/run/postgresql", None),
        ("ORIGINS", "*", "*"),
        ("ORIGINS", " https://www.Example.com , http://localhost:8080,https://a.example:443 ", ORIGINS),
        ("ORIGINS", "http://[::1]:80,http://[::1]:8080", "http://[::1],http://[::1]:8080"),
        ("SHARED_CACHE", "false", False),
        ("CACHE_BYTES", "0", 0),
        ("CACHE_BYTES", "1000000", 1_000_000),
        ("CACHE_GRACE", "0", 0.0),
        ("CACHE_GRACE", "2.5", 2.5),
    ],
)
def test_a_variable_sets_its_setting(variable: str, raw: str, value: object):
    settings = read_settings({f"ALSOREAD_{variable}": raw})
    assert settings == Settings(**{variable.lower(): raw if value is None else value})


@pytest.mark.parametrize(
    ("variable", "raw", "expected"),
    [
        ("PORT", "-1", "a whole number from 0 to 65535"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "80.0", "a whole number from 0 to 65535"),
        ("WORKERS", "0", "a whole number from 1 to 256"),
        ("WORKERS", "257", "a whole number from 1 to 256"),
        ("WORKERS", " ", "a whole number from 1 to 256"),
        ("THREADS", "many", "a whole number from 1 to 256"),
        ("INDEXER", "maybe", "true or false"),
        ("FOLD_AFTER", "-1", "a whole number from 0 to 1000000000"),
        ("POLICY_SPLIT", "50%", "a share from 0 to 1"),
        ("TRUST_PROXY", "true", "a whole number from 0 to 16"),
        ("MAX_LOSS", "1.01", "a share from 0 to 1"),
        ("MAX_LOSS", "-0.1", "a share from 0 to 1"),
        ("MAX_LOSS", "20%", "a share from 0 to 1"),
        ("MAX_LOSS", "nan", "a share from 0 to 1"),
        ("MAX_LIST_CHANGE", "-1", "a share from 0 to 1"),
        ("KEEP_SNAPSHOTS", "1", "a whole number from 2 to 1000"),
        ("SHARED_CACHE", "1", "true or false"),
        ("CACHE_BYTES", "32MB", f"a whole number from 0 to {1 << 40}"),
        ("CACHE_GRACE", "61", "seconds from 0 to 60"),
        ("CACHE_GRACE", "nan", "seconds from 0 to 60"),
        *(("ORIGINS", raw, ORIGINS_EXPECTED) for raw in BAD_ORIGINS),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_is_refused_with_what_came_and_what_was_expected(variable: str, raw: str, expected: str):
    with pytest.raises(InvalidSetting) as refused:
        read_settings({f"ALSOREAD_{variable}": raw})
    assert str(refused.value) == f"ALSOREAD_{variable}: expected {expected}, got {raw!r}"


@pytest.mark.parametrize(
    "raw",
    [
        "postgres://u:hunter2@h/db",
        "mysql://u:hunter2@h/db",
        "hunter2",
        "postgresql://u:hunter2@h",
        "postgresql://u:hunter2@h/",
        "postgresql://u:a@hunter2@h/db",
        "postgresql://u:hunter2#x@h/db",
        "postgresql://u:hunter2?x@h/db",
        "postgresql://u:hunter2@h:x/db",
        "postgresql://u:hunter2@[h/db",
        "postgresql://u:hunter2/x@h/db",
    ],
)
def test_a_bad_address_of_a_catalogue_is_refused_without_being_repeated(raw: str):
    with pytest.raises(InvalidSetting) as refused:
        read_settings({"ALSOREAD_CATALOGUE": raw})
    assert str(refused.value).startswith("ALSOREAD_CATALOGUE: expected postgresql://user:password@host/name")
    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_settings_are_shown_without_the_address_of_the_catalogue():
    assert "hunter2" not in repr(Settings(catalogue="postgresql://u:hunter2@h/db"))


def test_an_environment_made_anew_inherits_nothing():
    environment = {"PATH": "/bin", "ALSOREAD_CATALOGUE": "postgresql://u:p@h/db", "ALSOREAD_PORT": "1"}
    Settings(policy=Path("p.toml")).into(environment)
    assert read_settings(environment) == Settings(policy=Path("p.toml"))
    assert "ALSOREAD_CATALOGUE" not in environment
    assert environment["PATH"] == "/bin"


@pytest.mark.parametrize("variable", ["ALSOREAD_PROT", "ALSOREAD_port", "ALSOREAD_", "ALSOREAD_DATA_DIR"])
def test_an_unknown_variable_is_refused_with_those_that_there_are(variable: str):
    with pytest.raises(InvalidSetting) as refused:
        read_settings({variable: "x"})
    assert str(refused.value).startswith(f"{variable} is no setting; settings are ALSOREAD_DATA, ALSOREAD_POLICY, ")


def test_an_empty_variable_counts_as_not_set():
    assert read_settings({"ALSOREAD_PORT": "", "ALSOREAD_POLICY": "", "ALSOREAD_PROT": ""}) == Settings()


def test_values_given_win_and_none_leaves_a_setting():
    settings = read_settings({"ALSOREAD_PORT": "9000", "ALSOREAD_WORKERS": "3"})
    assert settings.with_values(port=9001, workers=None, host=None) == Settings(port=9001, workers=3)
    assert settings.with_values(port=0).port == 0


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(data=Path("/a b/c"), policy=Path("p.toml"), model="/models/own", host="0.0.0.0", port=0, workers=7),
        Settings(threads=9, indexer=False, fold_after=5, max_list_change=0.25, keep_snapshots=9, log_level="debug"),
        Settings(embedder="http://gpu:8001/v1", embedder_key="a key of some length"),
        Settings(max_loss=1e-07),
        Settings(catalogue="postgresql://u:p@h/db"),
    ],
)
def test_settings_survive_the_way_through_an_environment(settings: Settings):
    assert read_settings(settings.as_environment()) == settings


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1


def test_a_purge_hook_is_an_address_and_a_secret_of_some_length():
    settings = read_settings({"ALSOREAD_PURGE_URL": HOOK, "ALSOREAD_PURGE_SECRET": SIGNING})
    assert (settings.purge_url, settings.purge_secret) == (HOOK, SIGNING)
    assert read_settings(settings.as_environment()) == settings
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("name", ["PURGE_URL", "PURGE_SECRET"])
def test_of_a_purge_hook_one_half_alone_is_refused(name: str):
    given = {"PURGE_URL": HOOK, "PURGE_SECRET": SIGNING}
    with pytest.raises(InvalidSetting) as refused:
        read_settings({f"ALSOREAD_{name}": given[name]})
    assert str(refused.value).startswith(f"ALSOREAD_{name} is set without ALSOREAD_PURGE_")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("PURGE_SECRET", "hunter2"),
        ("PURGE_SECRET", "hunter2hunter2\nhunter2"),
        ("PURGE_URL", "hunter2.example.com"),
        ("PURGE_URL", "ftp://hunter2.example.com"),
        ("PURGE_URL", "http:///hunter2"),
        ("PURGE_URL", "http://hunter2:x@cache.example.com/"),
        ("PURGE_URL", "http://cache.example.com:hunter2/"),
        ("PURGE_URL", "http://cache.example.com/hunter2 x"),
        ("PURGE_URL", "http://cache.example.com/#hunter2"),
    ],
)
def test_a_bad_half_of_a_purge_hook_is_refused_without_being_repeated(name: str, raw: str):
    given = {"ALSOREAD_PURGE_URL": HOOK, "ALSOREAD_PURGE_SECRET": SIGNING, f"ALSOREAD_{name}": raw}
    with pytest.raises(InvalidSetting) as refused:
        read_settings(given)
    assert str(refused.value).startswith(f"ALSOREAD_{name}: expected ")
    assert "hunter2" not in str(refused.value)


def test_a_replica_needs_a_catalogue_and_a_milvus():
    there = {"ALSOREAD_CATALOGUE": "postgresql://a:b@host/name", "ALSOREAD_MILVUS": "http://milvus.example:19530"}
    assert read_settings({**there, "ALSOREAD_REPLICA": "true"}).replica
    for missing in there:
        with pytest.raises(InvalidSetting, match="ALSOREAD_REPLICA is set without"):
            read_settings(
                {name: value for name, value in {**there, "ALSOREAD_REPLICA": "true"}.items() if name != missing}
            )


@pytest.mark.parametrize("address", ["http://milvus.example:19530", "https://milvus.example", "/srv/alsoread/lite.db"])
def test_an_address_of_milvus_is_a_server_or_a_file(address: str):
    assert read_settings({"ALSOREAD_MILVUS": address}).milvus == address


@pytest.mark.parametrize(
    "address", ["milvus.example:19530", "http://user:secret@milvus.example", "ftp://a/b.db", "lite.txt"]
)
def test_what_is_no_address_of_milvus_is_refused_without_the_secret(address: str):
    with pytest.raises(InvalidSetting, match="expected an http or https address"):
        read_settings({"ALSOREAD_MILVUS": address})
    with pytest.raises(InvalidSetting) as refused:
        read_settings({"ALSOREAD_MILVUS_TOKEN": "s3cret"})
    assert "s3cret" not in str(refused.value)


def test_a_replica_that_could_never_answer_does_not_start():
    result = run("serve", "--replica", code=1, ALSOREAD_MILVUS="http://milvus.example:19530")
    assert "--replica needs ALSOREAD_MILVUS and ALSOREAD_CATALOGUE" in result.stderr
