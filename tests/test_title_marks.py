"""Which titles say that an article updates or corrects another, and what remains of them."""

import pytest

from index.title_marks import split_mark


@pytest.mark.parametrize(
    "title",
    [
        "UPDATE 2: Ferry freed",
        "UPDATE 1-Ferry freed",
        "Updated: Ferry freed",
        "CORRECTED: Ferry freed",
        "Correction - Ferry freed",
        "CORRECTED-UPDATE 1-Ferry freed",
        "(CORRECTED)-Ferry freed",
        "(Update: two passengers home) Ferry freed",
        "REFILE-Ferry freed",
        "RPT-UPDATE 2-Ferry freed",
        "Ferry freed (updated)",
        "Ferry freed [UPDATE 3]",
        "Ferry freed – UPDATED",
        "Korrektur: Ferry freed",
        "Aktualisiert: Ferry freed",
        "Ferry freed (aktualisiert)",
        "Mise à jour : Ferry freed",
        "ACTUALIZACIÓN 1-Ferry freed",
        "Corrección: Ferry freed",
    ],
)
def test_a_mark_is_found_and_taken_off(title: str) -> None:
    assert split_mark(title) == ("Ferry freed", True)


@pytest.mark.parametrize(
    "title",
    [
        "Ferry freed",
        "Update your phone before Monday",
        "Updated rules for the harbour",
        "Correction agency plans dropped",
        "Corrections and clarifications",
        "Markets brace for correction",
        "Harbour Projects Update",
        "Update on the ferry: what we know",
        "UPDATE",
        "UPDATE 1-",
        "",
    ],
)
def test_the_word_alone_is_no_mark(title: str) -> None:
    assert split_mark(title) == (title, False)
