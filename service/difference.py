"""The difference between two snapshots as a person reads it, line by line."""

from index.gate import Count, Difference, section_line
from service import console

SECTIONS_SHOWN = 10

FAULT = "✗ fails the gate"


def print_difference(difference: Difference) -> None:
    """A table of what stood before, what stands after, and which lines the gate holds against the new snapshot."""
    console.print_table(["", "before", "after", "change", "what"], difference_lines(difference), fault=FAULT)


def difference_lines(difference: Difference) -> list[list[str]]:
    """The cells of each line: its name, before, after, change, and particulars or that it is why the gate refuses."""
    faults = {line for finding in difference.findings if finding.reason for line in finding.about}
    lines = [
        ["articles", *_cells(difference.articles), _particulars(difference)],
        ["vectors", *_cells(difference.vectors), ""],
        *([section_line(name), *_cells(count), ""] for name, count in _shown_sections(difference, faults)),
    ]
    if (more := len(difference.sections) - len(lines) + 2) > 0:
        lines.append([f"… and {more:,} more", "", "", "", ""])
    lines += [[name, str(old), str(new), "", ""] for name, (old, new) in difference.made_with.items()]
    lines += [[finding.about[0], "", "", "", finding.shown] for finding in difference.findings if finding.shown]
    return [[*line[:-1], _marked(line[-1], line[0] in faults)] for line in lines]


def _shown_sections(difference: Difference, faults: set[str]) -> list[tuple[str, Count]]:
    """Those at fault, and the first others."""
    named = list(difference.sections.items())
    at_fault = [item for item in named if section_line(item[0]) in faults]
    others = [item for item in named if item not in at_fault]
    return [*at_fault, *others][: max(SECTIONS_SHOWN, len(at_fault))]


def _particulars(difference: Difference) -> str:
    counts = {"new": difference.added, "removed": difference.removed, "changed": difference.changed}
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "the same"


def _cells(count: Count) -> tuple[str, str, str]:
    by = count.after - count.before
    return f"{count.before:,}", f"{count.after:,}", f"{by:+,}" if by else "="


def _marked(text: str, at_fault: bool) -> str:
    return " · ".join(filter(None, (FAULT, text))) if at_fault else text
