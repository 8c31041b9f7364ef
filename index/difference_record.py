"""The difference between two snapshots as a record: for programs, and kept with the rebuild that made it."""

from typing import Any

from index.gate import Count, Difference


def difference_record(difference: Difference) -> dict[str, Any]:
    """The difference as JSON; what a check measured stands under the name of its line."""
    return {
        "articles": {
            **_both(difference.articles),
            "added": difference.added,
            "removed": difference.removed,
            "changed": difference.changed,
        },
        "vectors": _both(difference.vectors),
        "sections": {name: _both(count) for name, count in difference.sections.items()},
        "made_with": {name: {"before": old, "after": new} for name, (old, new) in difference.made_with.items()},
        **{finding.about[0]: dict(finding.figures) for finding in difference.findings if finding.figures},
        "refused": [
            {"reason": finding.reason, "lines": list(finding.about)}
            for finding in difference.findings
            if finding.reason
        ],
    }


def _both(count: Count) -> dict[str, int]:
    return {"before": count.before, "after": count.after}
