"""Requests made from the document, those that it allows and those that it does not: a small campaign, always the same. The
great one, against a real server, is `make schemathesis`."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from openapi_fixtures import Call, calls, newspaper_desk
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig
from writing_fixtures import Desk

from benchmarks import contract_hooks

EXAMPLES = 10

CONFIG = Path(contract_hooks.__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return newspaper_desk(tmp_path_factory.mktemp("newspaper") / "data")


@pytest.fixture(scope="module")
def api(desk: Desk) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", desk.app, config=SchemathesisConfig.from_path(CONFIG))


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("call", list(calls()), ids=str)
def test_what_is_made_from_the_document_is_answered_as_the_document_says(
    desk: Desk, api: Any, call: Call, mode: GenerationMode
):
    if mode is GenerationMode.NEGATIVE and not (call.parameters("query") or call.parameters("path") or call.body()):
        pytest.skip("there is nothing in it that could be wrong")
    # the client that is used here does not unpack what is compressed
    headers = {"Authorization": f"Bearer {desk.token}", "Accept-Encoding": "identity"}

    @seed(1)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=api[call.path][call.method].as_strategy(generation_mode=mode))
    def hold(case: Any) -> None:
        case.call_and_validate(headers=headers)

    hold()
