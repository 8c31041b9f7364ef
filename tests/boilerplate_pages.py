"""An invented weekly and its pages, for the tests of boilerplate: articles that have nothing in common but the site."""

import random
from collections.abc import Sequence

from helpers import article

from index.article import Article

HOST = "skerrywick-echo.example"
AUTHORS = ("Maud Tarrant", "Ivo Lindqvist", "Petra Halloway")
WORDS = (
    "harbour lantern council meadow orchard ferry chapel quarry market weaver kettle barrow signal copper heron bramble "
    "parish turnip lighthouse goose saddle ledger mortar cinder thistle pantry anchor gable furrow mackerel willow tinker "
    "bellows causeway drummer flagstone granary hinge ironmonger jetty kiln larder milestone nettle oatmeal paddock quilt "
    "rafters sexton tannery urchin viaduct warden yarrow almanac bobbin cobbler dovecote easel fiddle gantry hamper"
).split()


def sentence(chance: random.Random, words: int = 14) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words)).capitalize() + "."


def body(number: int, paragraphs: int = 4) -> list[str]:
    """Paragraphs of one article: chance, and always the same."""
    chance = random.Random(number)
    return [sentence(chance) for _ in range(paragraphs)]


def page(
    number: int,
    top: Sequence[str] = (),
    bottom: Sequence[str] = (),
    paragraphs: Sequence[str] | None = None,
    **fields: object,
) -> Article:
    """Article `number` of the weekly, with these lines before and behind its paragraphs."""
    chance = random.Random(1_000 + number)
    lines = [*top, *(body(number) if paragraphs is None else paragraphs), *bottom]
    given = {
        "title": sentence(chance, 5).rstrip("."),
        "url": f"https://www.{HOST}/{number}",
        "authors": [AUTHORS[number % len(AUTHORS)]],
        "section": ("town", "sport", "farming")[number % 3],
        **fields,
    }
    return article(f"p{number:03}", text="\n\n".join(lines), **given)
