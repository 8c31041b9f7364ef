"""`alsoread preview`: what readers of a draft would get, on the terminal."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from index.boilerplate.kept import Cleaners
from index.catalogue import place_of
from index.embedding_client import EmbeddingClient
from recommender.policy import MAX_LIMIT
from recommender.preview import Preview, Previewer, Start
from recommender.question import Question
from service import console
from service.app import make_recommender
from service.cli import data_option, json_option, settings_from
from service.commands.suggest import moment, print_answer, print_breakdowns
from service.drafts import parse_draft, preview_record, text_record
from service.incoming import parse_json


@click.command()
@click.argument("source", metavar="FILE|-", type=click.File("rb"))
@data_option
@click.option("--section", metavar="PATH", help="The section that it will stand in, such as news/local.")
@click.option("--slots", metavar="SLOTS", help="Which slots, such as also-read:4,more-in-section (default: all).")
@click.option("--limit", type=click.IntRange(1, MAX_LIMIT), help="How many suggestions (default: the policy's).")
@click.option("--lists-only", is_flag=True, help="Not which articles would suggest it; several times quicker.")
@click.option("--policy", type=click.Path(path_type=Path), metavar="FILE", help="Another policy (TOML).")
@click.option("--explain", is_flag=True, help="Show how each score came about, feature by feature.")
@click.option("--at", "now", callback=moment, metavar="DATE", help="Answer as of then (default: now).")
@json_option
def preview(
    source: Any,
    data: Path | None,
    section: str | None,
    slots: str | None,
    limit: int | None,
    lists_only: bool,
    policy: Path | None,
    explain: bool,
    now: datetime,
    as_json: bool,
) -> None:
    """What readers of a draft would get, and which published articles would start to suggest it.

    The draft is JSON with the fields of a record, or plain text whose first line is the headline. Nothing of it is kept.

    \b
    Examples:
      alsoread preview draft.txt --section news/local
      pbpaste | alsoread preview - --explain
    """
    given = {"section": section, "slots": slots, "limit": limit, "explain": explain or None}
    record = _record(source.read(), str(getattr(source, "name", "")))
    if isinstance(record, dict):
        record = {**record, **{name: value for name, value in given.items() if value is not None}}
    asked = parse_draft(record)
    settings = settings_from(data=data, policy=policy)
    recommender = make_recommender(replace(settings, policy_b=None) if policy else settings)
    cleaners = Cleaners(place_of(settings.data, settings.catalogue), settings.data)
    previewer = Previewer(recommender, EmbeddingClient(settings.data), cleaners.of)
    article = asked.article if asked.named else previewer.named(asked.article)
    asked = replace(asked, would_suggest=asked.would_suggest and not lists_only)
    found = previewer.preview(article, Question(now), asked.slots, asked.would_suggest, asked.policies)
    if as_json:
        console.print_json(preview_record(asked, found))
    else:
        _print(found, asked.would_suggest, asked.explain)


def _record(raw: bytes, name: str) -> object:
    """Raises `InvalidJson`."""
    if name.endswith(".json") or raw.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{"):
        return parse_json(raw)
    return text_record(raw.decode("utf-8-sig", "replace"))


def _print(found: Preview, would_suggest: bool, explain: bool) -> None:
    for answer in found.answers:
        print_answer(answer)
        if explain:
            print_breakdowns(answer)
    if would_suggest:
        _print_starts(found.starts, found.looked_at)
    if found.by_terms:
        click.echo(f"note: {found.by_terms}")
    if found.known_as:
        click.echo(f"note: the archive has this already as {', '.join(found.known_as)}")


def _print_starts(starts: Sequence[Start], looked_at: int) -> None:
    if not starts:
        asked = f"none of the {looked_at} articles most like it" if looked_at else "no article"
        click.echo(f"{asked} would start to suggest it")
        return
    heading = f"articles that would start to suggest it, of the {looked_at} most like it"
    if sys.stdout.isatty():
        cards = [
            (
                f"{start.item.score:.3f}",
                str(start.card.get("title") or start.id),
                f"{start.slot}, place {start.position} · {start.id}",
                "; ".join(start.item.reasons),
            )
            for start in starts
        ]
        console.print_cards(heading, cards)
        return
    rows = [
        [
            start.id,
            str(start.card.get("title") or ""),
            start.slot,
            str(start.position),
            f"{start.item.score:.3f}",
            "; ".join(start.item.reasons),
        ]
        for start in starts
    ]
    console.print_table(["id", "title", "slot", "position", "score", "why"], rows, heading)
