"""The settings: read once, checked, handed on whole."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from service.errors import InvalidSetting
from service.settings import Settings, read_settings


def test_without_variables_the_settings_are_the_defaults():
    assert read_settings({"PATH": "/bin", "ALSO": "x"}) == Settings()


@pytest.mark.parametrize(
    ("variable", "raw", "value"),
    [
        ("DATA", "some/where", Path("some/where")),
        ("POLICY", "mine.toml", Path("mine.toml")),
        ("MODEL", "word-hash", "word-hash"),
        ("HOST", "::1", "::1"),
        ("PORT", "0", 0),
        ("PORT", "65535", 65_535),
        ("WORKERS", "1", 1),
        ("WORKERS", "256", 256),
        ("THREADS", "16", 16),
        ("MAX_LOSS", "0", 0.0),
        ("MAX_LOSS", "1", 1.0),
        ("MAX_LOSS", "0.05", 0.05),
        ("LOG_LEVEL", "WARNING", "warning"),
    ],
)
def test_a_variable_sets_its_setting(variable: str, raw: str, value: object):
    settings = read_settings({f"ALSOREAD_{variable}": raw})
    assert settings == Settings(**{variable.lower(): value})


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
        ("MAX_LOSS", "1.01", "a share from 0 to 1"),
        ("MAX_LOSS", "-0.1", "a share from 0 to 1"),
        ("MAX_LOSS", "20%", "a share from 0 to 1"),
        ("MAX_LOSS", "nan", "a share from 0 to 1"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
    ],
)
def test_a_bad_value_is_refused_with_what_came_and_what_was_expected(variable: str, raw: str, expected: str):
    with pytest.raises(InvalidSetting) as refused:
        read_settings({f"ALSOREAD_{variable}": raw})
    assert str(refused.value) == f"ALSOREAD_{variable}: expected {expected}, got {raw!r}"


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
        Settings(Path("/a b/c"), Path("p.toml"), "/models/own", "0.0.0.0", 0, 7, 9, 0.05, "debug"),
        Settings(max_loss=1e-07),
    ],
)
def test_settings_survive_the_way_through_an_environment(settings: Settings):
    assert read_settings(settings.as_environment()) == settings


def test_settings_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1
