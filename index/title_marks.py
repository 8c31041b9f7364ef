"""Titles that say of themselves that they update, correct or repeat an earlier article.

The marks of news agencies (UPDATE 2-, CORRECTED-, REFILE-, RPT-: Reuters Handbook of Journalism, "Corrections, Refiles,
Kills, Repeats and Embargoes") and what sites in several languages write before or after a title. A mark alone proves
nothing: `index.near_copies` also wants an earlier article that is close.
"""

import re

_WORDS = (
    "update[sd]?|corrected|corrects|correction|refile[d]?|rpt|repeats?|recast"
    "|korrektur|korrigiert|berichtigung|berichtigt|aktualisiert|aktualisierung|neufassung"
    "|mise [àa] jour|actualis[ée]e?|rectificatif|rectifi[ée]e?|corrig[ée]e?"
    "|actualizaci[óo]n|actualizad[oa]|correcci[óo]n|corregid[oa]"
    "|aggiornamento|aggiornat[oa]|correzione|corrett[oa]"
    "|atualiza[çc][ãa]o|atualizad[oa]|corre[çc][ãa]o|corrigid[oa]"
    "|bijgewerkt|correctie|gecorrigeerd"
)
_ONE = rf"(?:{_WORDS})(?:\s*(?:no\.?|nr\.?)?\s*\d{{1,2}})?"
_MARK = rf"{_ONE}(?:\s*[-–/,]\s*{_ONE})*"
_REST = r"(?:\s*[:,–—-][^()\[\]]{0,60})?"
"""What a mark in brackets may go on to say, as in "(update: delayed)"."""

_BEFORE = re.compile(
    rf"\A[^\w(\[]*(?:[(\[]\s*{_MARK}{_REST}\s*[)\]]\s*[-–—:|]*|{_MARK}\s*(?::|\||[-–—]+(?=\s|\w)))\s*(?=\S)",
    re.IGNORECASE,
)
_AFTER = re.compile(rf"(?<=\S)\s*(?:[(\[]\s*{_MARK}{_REST}\s*[)\]]|\s[-–—|]+\s*{_MARK})\W*\Z", re.IGNORECASE)


def split_mark(title: str) -> tuple[str, bool]:
    """The title without its marks of an update, correction or repeat, and whether it had any."""
    rest = title
    while (shorter := _AFTER.sub("", _BEFORE.sub("", rest))) != rest:
        rest = shorter
    return rest, rest != title
