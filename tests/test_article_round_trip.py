"""An article that was written down comes back as it was: what is embedded and what is served are the same words."""

import orjson
from helpers import examples
from hypothesis import assume, given
from hypothesis import strategies as st

from index.article_record import ALIASES, ArticleRecord, dump_record, parse_article, restore_article
from index.errors import InvalidArticle

odd = st.text(alphabet=st.sampled_from("ab \t\r\n\x00\x0b\x1c\x85\u2028\u00a0\ufeffé🎉東İß'\"/\\"), max_size=12)
words = odd | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
dates = st.datetimes(timezones=st.timezones() | st.none(), allow_imaginary=False).map(lambda moment: moment.isoformat())
addresses = st.builds("https://{}/{}".format, st.sampled_from(["example.org", "EXAMPLE.org:8080", "[::1]"]), words)
plain = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | words
)
anything = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3))
links = words | st.fixed_dictionaries({"title": words}, optional={"id": words, "position": st.floats(0, 1)})
values = {
    "title": words,
    "text": words,
    "url": addresses,
    "summary": words,
    "section": words,
    "tags": words | st.lists(words | st.none(), max_size=3),
    "authors": words | st.lists(words, max_size=3),
    "series": words,
    "published_at": dates | st.just(""),
    "updated_at": dates,
    "lang": st.sampled_from(["en", "pt_BR", "zh-Hant-TW", ""]),
    "image_url": addresses,
    "links": st.lists(links, max_size=3),
    "version_of": words | st.integers(),
    "recommendable": st.booleans(),
    "sensitive": st.booleans(),
    "type": words,
}
aliases = {alias: values[name] for name, others in ALIASES.items() for alias in others}
records = st.builds(
    lambda fields, extra: {**extra, **fields},
    st.fixed_dictionaries({"id": words | st.integers()}, optional={**values, **aliases}),
    st.dictionaries(words, anything, max_size=2),
)


@examples(150)
@given(record=records)
def test_an_article_comes_back_from_its_record_as_it_was(record: dict[str, object]) -> None:
    try:
        article = parse_article(record)
    except InvalidArticle:
        assume(False)
    raw = dump_record(article)
    again = parse_article(orjson.loads(raw))
    assert again == article
    assert again.content_hash == article.content_hash
    assert dump_record(again) == raw
    restored = restore_article(orjson.loads(raw))
    assert restored == again
    assert dump_record(restored) == raw


@given(name=st.sampled_from(list(ArticleRecord.model_fields)), value=anything)
def test_any_json_in_any_field_is_read_or_refused_and_never_a_crash(name: str, value: object) -> None:
    try:
        dump_record(parse_article({"id": "a", "title": "T", name: value}))
    except InvalidArticle:
        pass


@given(value=anything)
def test_any_json_is_an_article_or_refused_and_never_a_crash(value: object) -> None:
    try:
        parse_article(value)
    except InvalidArticle:
        pass
