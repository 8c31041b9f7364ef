"""Answers that are kept ready are those that would be worked out: compared with a service that keeps none, step by step."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from helpers import examples
from hypothesis import given
from hypothesis import strategies as st
from service_fixtures import Service, small_archive
from twin_fixtures import CHANGES, HEADERS, IDS, NEW, QUESTIONS, RULES, STEPS_FORWARD, Twins

ARTICLES = st.sampled_from((*IDS, NEW))
STEP = st.one_of(
    st.tuples(st.just("put"), ARTICLES, st.sampled_from(sorted(CHANGES))),
    st.tuples(st.just("put"), ARTICLES, st.sampled_from(sorted(CHANGES))),
    st.tuples(st.just("delete"), ARTICLES),
    st.tuples(st.just("rule"), st.sampled_from(sorted(RULES)), st.sampled_from((None, 5, 3_000))),
    st.tuples(st.just("policy")),
    st.tuples(st.just("remove_rules")),
    st.tuples(st.just("embed")),
    st.tuples(st.just("rebuild"), st.sampled_from(("budget5", "A new title"))),
    st.tuples(st.just("roll_back")),
)
ASKED = st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=5, unique=True)
STEPS = st.lists(
    st.tuples(STEP, st.sampled_from(STEPS_FORWARD), st.sampled_from(QUESTIONS), st.sampled_from(HEADERS)),
    min_size=2,
    max_size=6,
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("archive")
    Service(data).publish(small_archive())
    return data


@contextmanager
def twins_over(archive: Path, folder: Path, **options: Any) -> Iterator[Twins]:
    """Over a copy of the archive that stands where none stood before: the twins of the last example may still look."""
    copy = Path(tempfile.mkdtemp(dir=folder)) / "data"
    twins = Twins(shutil.copytree(archive, copy), **options)
    try:
        yield twins
    finally:
        twins.close()


@given(asked=ASKED, steps=STEPS)
@examples(50)
def test_without_grace_every_answer_is_the_one_that_a_service_without_a_cache_gives(
    archive: Path, tmp_path: Path, asked: list[str], steps: list[Any]
):
    with twins_over(archive, tmp_path) as twins:
        for question in asked:
            twins.all_alike(question, {})
        for (action, *what), span, another, headers in steps:
            getattr(twins, action)(*what)
            twins.settle()
            for question in asked:
                twins.all_alike(question, {})
            twins.later(span)
            for question in asked:
                twins.alike(question)
            twins.all_alike(another, headers)
            twins.all_alike(asked[0], headers)


@given(asked=ASKED, steps=STEPS)
@examples(50)
def test_with_grace_nothing_is_shown_as_it_is_not_any_more(
    archive: Path, tmp_path: Path, asked: list[str], steps: list[Any]
):
    with twins_over(archive, tmp_path, grace=60.0) as twins:
        for question in asked:
            twins.cached.get(question)
        for (action, *what), span, another, headers in steps:
            getattr(twins, action)(*what)
            if action == "delete":
                check_gone(twins, what[0], asked)
            twins.settle()
            for question in (*asked, another):
                check_shown(twins, question, headers if question == another else {})
            if action in ("rule", "policy", "rebuild"):
                for question in asked:
                    twins.all_alike(question, {})
            twins.later(span)


def check_gone(twins: Twins, article_id: str, asked: list[str]) -> None:
    """At once: nothing was waited for."""
    for question in asked:
        response = twins.cached.get(question)
        assert response.status_code != 200 or f'"id":"{article_id}"' not in response.text, question


def check_shown(twins: Twins, question: str, headers: Any) -> None:
    """Each article in an answer stands there as the other service says that it is."""
    response = twins.cached.get(question, headers=headers)
    if response.status_code != 200 or response.mimetype != "application/json" or response.content_encoding:
        return
    record = response.get_json()
    lists = record.get("slots", {"": record})
    items = [item for one in lists.values() for item in one.get("items", [])]
    subject = record.get("article", record)
    for shown in (subject, *items):
        known = twins.plain.get("/v1/articles", query_string={"id": shown["id"]})
        assert known.status_code == 200, (question, shown["id"])
        fields = {name: value for name, value in known.get_json().items() if name in shown}
        assert {name: shown[name] for name in fields} == fields, question
