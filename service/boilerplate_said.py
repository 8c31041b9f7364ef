"""What a rebuild learnt of a site's furniture, said in a few lines."""

from typing import Any

import click

from index.report import Learned

SHOWN = 3
LONGEST = 60


def say_learned(learned: Learned) -> None:
    """On standard error; nothing where nothing was learnt and nothing reads otherwise."""
    if learned.new:
        some = ", ".join(f"“{_short(one.example)}” ({one.articles:,} of {one.of:,})" for one in learned.new[:SHOWN])
        more = ", …" if len(learned.new) > SHOWN else ""
        done = "removed before articles are compared" if learned.removed_at_once else "proposed, and not removed yet"
        way = "keep RULE` brings a line back" if learned.removed_at_once else "remove RULE` removes a line"
        click.echo(f"boilerplate, {done} ({len(learned.new):,}): {some}{more}", err=True)
        click.echo(f"  (`alsoread boilerplate list` shows all; `alsoread boilerplate {way})", err=True)
    if learned.reread:
        click.echo(f"{learned.reread:,} articles are compared by other lines of their text than before", err=True)


def learned_record(learned: Learned) -> dict[str, Any]:
    """The same as JSON says it."""
    return {
        "new": [one.rule.id for one in learned.new],
        "removed_at_once": learned.removed_at_once,
        "rules": learned.rules,
        "articles_reread": learned.reread,
    }


def _short(line: str) -> str:
    line = " ".join(line.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
