"""Rules as JSON and CSV: read with every fault said, written so that what is read back is the same."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

from index.record_fields import parse_time, shown, whole
from index.rules import MAX_RULES, Rule, RuleDraft, problems_of, repeated
from service.errors import Fault, RulesRefused
from service.spreadsheet import FORMULA_STARTS

SETTLED = ("kind", "article_id", "item_id", "slot", "position", "reason", "expires_at")
"""What a rule settles, …"""

TOLD = ("id", "created_by", "created_at", "updated_by", "updated_at", "version", "conflicts")
"""… and what is told of it besides: read back from an export, and not taken over."""

CSV_COLUMNS = (*SETTLED, *TOLD[:-1])

_FORMULA = re.compile(rf"'*[{re.escape(FORMULA_STARTS)}]")

Numbered = Sequence[tuple[int | None, object]]


def rule_of_record(record: object) -> RuleDraft:
    """The rule that one record settles. Raises `RulesRefused`."""
    return drafts_of([(None, record)])[0]


def drafts_of(records: Numbered) -> list[RuleDraft]:
    """The rules that records settle, each with its line where there are several. Raises `RulesRefused` with every fault."""
    if len(records) > MAX_RULES:  # before each is looked at: millions of faults fit into no memory
        raise RulesRefused(((None, Fault(None, f"expected at most {MAX_RULES:,} rules, got more")),))
    drafts: list[RuleDraft] = []
    faults: list[tuple[int | None, Fault]] = []
    for line, record in records:
        draft, found = _draft(record)
        faults += [(line, fault) for fault in found]
        drafts.append(draft)
    if not faults:
        lines = [line for line, _ in records]
        faults = [
            (lines[at], Fault(None, "the same is settled by a line before it")) for at in sorted(repeated(drafts))
        ]
    if faults:
        raise RulesRefused(tuple(faults))
    return drafts


def records_of_json(value: object) -> Numbered:
    """The records of a list, or of an object that has it in `rules`. Raises `RulesRefused`."""
    rules = value.get("rules") if isinstance(value, Mapping) else value
    if not isinstance(rules, list):
        raise RulesRefused(((None, Fault("rules", f"expected a list of rules, got {shown(rules)}")),))
    return list(enumerate(rules, start=1))


def records_of_csv(body: bytes) -> Numbered:
    """The records of a table whose first line names its columns. Raises `RulesRefused`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RulesRefused(((None, Fault(None, "expected CSV in UTF-8")),)) from None
    reader = csv.reader(StringIO(text, newline=""))
    try:
        names = [name.strip() for name in next(reader, [])]
        if "kind" not in names:
            got = shown(",".join(names)) if names else "an empty file"
            fault = Fault(None, f"expected a first line with the columns {', '.join(SETTLED)}, got {got}")
            raise RulesRefused(((1, fault),))
        found: list[tuple[int | None, object]] = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((reader.line_num, _csv_record(names, cells)))
            if len(found) > MAX_RULES:
                break  # too many, which whoever makes drafts of them says
    except csv.Error as error:
        raise RulesRefused(((reader.line_num, Fault(None, f"expected CSV: {error}")),)) from None
    return found


def csv_of(rules: Iterable[Rule]) -> bytes:
    """The rules as a table. A text that a spreadsheet would take for a formula gets an apostrophe in front, which reading
    takes away."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_COLUMNS)
    for rule in rules:
        record = rule.record()
        writer.writerow([_guarded(record.get(name)) for name in CSV_COLUMNS])
    return out.getvalue().encode()


def _csv_record(names: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for at, cell in enumerate(cells):
        if cell == "":
            continue
        name = names[at] if at < len(names) else f"column {at + 1}"
        value = cell[1:] if cell[0] == "'" and _FORMULA.match(cell) else cell
        record[name] = int(value) if name == "position" and re.fullmatch(r"[0-9]{1,6}", value) else value
    return record


def _guarded(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _draft(record: object) -> tuple[RuleDraft, list[Fault]]:
    if not isinstance(record, Mapping):
        return RuleDraft("pin"), [Fault(None, f"expected a rule as an object, got {shown(record)}")]
    values = {name: value for name, value in record.items() if value is not None}
    faults = [
        Fault(str(name)[:200], f"expected one of {', '.join(SETTLED)}")
        for name in values
        if name not in (*SETTLED, *TOLD)
    ]
    for name in ("kind", "article_id", "item_id", "slot", "reason"):
        if name in values and not isinstance(values[name], str):
            faults.append(Fault(name, f"expected a text, got {shown(values.pop(name))}"))
    position = values["position"] = whole(values.get("position"))
    if position is not None and (not isinstance(position, int) or isinstance(position, bool)):
        faults.append(Fault("position", f"expected a whole number, got {shown(values.pop('position'))}"))
    until = None
    try:
        until = parse_time(values.get("expires_at"))
    except ValueError:
        expected = "expected a date or date-time such as 2026-03-14T08:00:00Z"
        faults.append(Fault("expires_at", f"{expected}, got {shown(values['expires_at'])}"))
    draft = RuleDraft(
        values.get("kind", ""),
        values.get("article_id"),
        values.get("item_id"),
        values.get("slot"),
        values.get("position"),
        values.get("reason", ""),
        until,
    )
    named = {fault.field for fault in faults}
    return draft, faults + [fault for fault in map(_fault, problems_of(draft)) if fault.field not in named]


def _fault(problem: str) -> Fault:
    field, _, detail = problem.partition(": ")
    return Fault(field, detail)
