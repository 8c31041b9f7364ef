"""`make audit` passes nothing over: not what is found, and not that nobody could be asked."""

import json

import pytest

from benchmarks.audit import FOUND, NOT_ASKED, judged

SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
ILL = {"name": "lxml", "version": "1.0", "vulns": [{"id": "PYSEC-1"}, {"id": "PYSEC-2"}]}
PASSED_OVER = {"name": "click", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ({"dependencies": [SOUND]}, 0, "nothing is known of 1 packages"),
        ({"dependencies": [SOUND, ILL]}, FOUND, "lxml 1.0: PYSEC-2"),
        ({"dependencies": [SOUND, ILL, PASSED_OVER]}, FOUND, "PYSEC-1"),
        ({"dependencies": [SOUND, PASSED_OVER]}, NOT_ASKED, "NOT CHECKED"),
        ({"other": 1}, NOT_ASKED, "cannot be reached"),
        (None, NOT_ASKED, "cannot be reached"),
    ],
)
def test_what_was_not_asked_is_not_sound(answer: object, code: int, said: str):
    given, words = judged(json.dumps(answer), "")
    assert given == code
    assert said in words


def test_where_there_is_no_answer_the_last_complaint_is_told():
    assert judged("", "Traceback\nConnectionError: no such host")[1].endswith("(ConnectionError: no such host)")
