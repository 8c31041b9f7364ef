"""Where a record becomes an article: what each field may be, and what is said of what it may not be."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article, Link
from index.article_record import ALIASES, FieldNames, dump_record, parse_article, record_hash
from index.errors import InvalidArticle

TIME = "a date or date-time such as 2026-03-14 or 2026-03-14T08:00:00Z (ISO 8601 or RFC 5322)"
ADDRESS = "an absolute http or https address"
LINKS = "a list of ids, addresses, or objects with 'id', 'url' or 'title' (and 'position' from 0 to 1)"
ID = "a string of 1 to 512 characters without control characters (or a whole number)"


def parse(**fields: object) -> Article:
    return parse_article({"id": "a", "title": "Title", **fields})


def problems(record: object) -> tuple[str, ...]:
    with pytest.raises(InvalidArticle) as caught:
        parse_article(record)
    assert str(caught.value) == "; ".join(caught.value.problems)
    return caught.value.problems


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("id", "2026/03/a b?c", "2026/03/a b?c"),
        ("id", "  a ", "a"),
        ("id", 17, "17"),
        ("id", 0, "0"),
        ("id", "x" * 512, "x" * 512),
        ("title", "  Two\nlines\tand\x00 more ", "Two lines and more"),
        ("title", "x" * 2000, "x" * 2000),
        ("text", " One.\r\n\r\nTwo.\x00 ", "One.\n\nTwo."),
        ("text", "a\tb", "a\tb"),
        ("text", None, ""),
        ("url", "HTTPS://Example.org/A?b", "HTTPS://Example.org/A?b"),
        ("url", " ", None),
        ("summary", "", None),
        ("section", " world / europe/", "world/europe"),
        ("section", "//", None),
        ("tags", "one", ("one",)),
        ("tags", ["b", "a ", "b", "", None], ("b", "a")),
        ("tags", None, ()),
        ("authors", ["Jane  Roe"], ("Jane Roe",)),
        ("series", " x ", "x"),
        ("lang", "pt_BR", "pt-br"),
        ("lang", "", None),
        ("image_url", "http://[::1]:8080/x.png", "http://[::1]:8080/x.png"),
        ("links", None, ()),
        ("links", ["b", "https://example.org/c"], (Link("b"), Link(url="https://example.org/c"))),
        ("links", [7, {"id": 8}], (Link("7"), Link("8"))),
        ("links", [{"title": "T", "position": 0.5}], (Link(title="T", position=0.5),)),
        ("version_of", "b", "b"),
        ("version_of", 7, "7"),
        ("version_of", "", None),
        ("recommendable", False, False),
        ("sensitive", True, True),
    ],
)
def test_a_good_value_is_kept_in_its_plain_form(field: str, given: object, kept: object) -> None:
    assert getattr(parse(**{field: given}), field) == kept


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("id", "", f'id: expected {ID}, got ""'),
        ("id", " ", f'id: expected {ID}, got " "'),
        ("id", True, f"id: expected {ID}, got true"),
        ("id", 1.5, f"id: expected {ID}, got 1.5"),
        ("id", "a\nb", f'id: expected {ID}, got "a\\nb"'),
        ("id", "a\x00b", f'id: expected {ID}, got "a\\u0000b"'),
        ("id", None, f"id: expected {ID}, got nothing"),
        ("id", ["a"], f'id: expected {ID}, got ["a"]'),
        ("id", "x" * 513, f'id: expected {ID}, got "{"x" * 79}… (515 characters)'),
        ("title", 5, "title: expected a string of at most 2,000 characters, got 5"),
        (
            "title",
            "x" * 2001,
            f'title: expected a string of at most 2,000 characters, got "{"x" * 79}… (2,003 characters)',
        ),
        ("text", ["a"], 'text: expected a string of at most 20,000,000 characters, got ["a"]'),
        ("url", "example.org/a", f'url: expected {ADDRESS}, got "example.org/a"'),
        ("url", "ftp://example.org/a", f'url: expected {ADDRESS}, got "ftp://example.org/a"'),
        ("url", "https:///a", f'url: expected {ADDRESS}, got "https:///a"'),
        ("url", "https://example.org:99999/", f'url: expected {ADDRESS}, got "https://example.org:99999/"'),
        ("url", "https://./a", f'url: expected {ADDRESS}, got "https://./a"'),
        ("image_url", 5, f"image_url: expected {ADDRESS}, got 5"),
        ("summary", {}, "summary: expected a string of at most 10,000 characters, got {}"),
        ("section", ["world"], "section: expected one path such as 'world' or 'world/europe', got [\"world\"]"),
        ("tags", 5, "tags: expected a list of strings, got 5"),
        ("tags", ["a", 5], 'tags: expected a list of strings, got ["a",5]'),
        ("authors", [{"name": "Roe"}], 'authors: expected a list of names, got [{"name":"Roe"}]'),
        ("series", 5, "series: expected a string of at most 2,000 characters, got 5"),
        ("published_at", "yesterday", f'published_at: expected {TIME}, got "yesterday"'),
        ("published_at", 1700000000, f"published_at: expected {TIME}, got 1700000000"),
        ("published_at", "2026-02-30", f'published_at: expected {TIME}, got "2026-02-30"'),
        ("updated_at", "0001-01-01T00:00:00+01:00", f'updated_at: expected {TIME}, got "0001-01-01T00:00:00+01:00"'),
        ("updated_at", "9999-12-31T23:00:00-02:00", f'updated_at: expected {TIME}, got "9999-12-31T23:00:00-02:00"'),
        ("lang", "english!", "lang: expected a language tag such as 'en' or 'pt-BR' (BCP 47), got \"english!\""),
        ("links", "b", f'links: expected {LINKS}, got "b"'),
        ("links", [{}], f"links: expected {LINKS}, got [{{}}]"),
        ("links", [True], f"links: expected {LINKS}, got [true]"),
        ("links", [{"id": "b", "position": 2}], f'links: expected {LINKS}, got [{{"id":"b","position":2}}]'),
        ("links", [{"id": "b", "position": True}], f'links: expected {LINKS}, got [{{"id":"b","position":true}}]'),
        ("version_of", "a", "version_of: expected the id of another article, got this article's own id"),
        ("version_of", ["b"], 'version_of: expected the id of another article, got ["b"]'),
        ("recommendable", "no", 'recommendable: expected true or false, got "no"'),
        ("sensitive", 1, "sensitive: expected true or false, got 1"),
    ],
)
def test_a_bad_value_is_refused_by_field_with_what_came_and_what_was_expected(
    field: str, given: object, said: str
) -> None:
    assert problems({"id": "a", "title": "Title", field: given}) == (said,)


def test_every_field_at_fault_is_named() -> None:
    given = {"id": True, "title": 5, "lang": 7}
    assert [problem.split(":")[0] for problem in problems(given)] == ["id", "title", "lang"]


@pytest.mark.parametrize("record", [{"id": "a"}, {"id": "a", "title": " ", "text": "\n"}, {"id": "a", "title": None}])
def test_an_article_without_title_and_text_is_refused(record: object) -> None:
    assert problems(record) == ("title, text: expected at least one of them, got neither",)


@pytest.mark.parametrize(("record", "shown"), [([], "[]"), (None, "null"), ("a", '"a"'), (5, "5")])
def test_what_is_no_object_is_refused(record: object, shown: str) -> None:
    assert problems(record) == (f"expected an object with at least 'id' and 'title' or 'text', got {shown}",)


@pytest.mark.parametrize(
    "record",
    [
        {"id": "a\ud800", "title": "T"},
        {"id": "a", "title": "T\udfff"},
        {"id": "a", "title": "T", "tags": ["\ud800"]},
        {"id": "a", "title": "T", "links": ["\ud800"]},
        {"id": "a", "title": "T", "lang": "\ud800"},
        {"id": "a", "title": "T", "url": "https://example.org/\ud800"},
        {"id": "a", "title": "T", "own field": "\ud800"},
        {"id": "a", "title": "T", "own \ud800": 1},
    ],
)
def test_half_a_surrogate_pair_is_refused_and_not_a_crash(record: object) -> None:
    assert problems(record)


@pytest.mark.parametrize("field", ["title", "tags", "own field"])
def test_a_value_nested_ever_deeper_is_refused_and_not_a_crash(field: str) -> None:
    deep = orjson.loads("[" * 1000 + "]" * 1000)
    assert problems({"id": "a", "title": "T", field: deep})[0].startswith(f"{field}: expected")


@pytest.mark.parametrize(
    ("given", "utc"),
    [
        ("2026-03-14", "2026-03-14T00:00:00+00:00"),
        ("2026-03-14T08:00:00", "2026-03-14T08:00:00+00:00"),
        ("2026-03-14 08:00", "2026-03-14T08:00:00+00:00"),
        ("2026-03-14T08:00:00Z", "2026-03-14T08:00:00+00:00"),
        ("2026-03-14T08:00:00.25+05:30", "2026-03-14T02:30:00.250000+00:00"),
        (" 2026-03-14T23:00:00-0200 ", "2026-03-15T01:00:00+00:00"),
        ("Sat, 14 Mar 2026 08:00:00 +0100", "2026-03-14T07:00:00+00:00"),
        ("14 Mar 2026 08:00:00 GMT", "2026-03-14T08:00:00+00:00"),
        ("Sat, 14 Mar 2026 08:00:00 -0000", "2026-03-14T08:00:00+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59", "9999-12-31T23:59:59+00:00"),
    ],
)
def test_a_date_is_read_as_utc(given: str, utc: str) -> None:
    assert parse(published_at=given).published_at.isoformat() == utc


@pytest.mark.parametrize("given", ["", " ", None])
def test_an_empty_date_is_none(given: object) -> None:
    assert parse(published_at=given).published_at is None


@given(
    text=st.text(max_size=40)
    | st.from_regex(
        r"(Mon, )?\d{1,12} (Jan|Feb) \d{1,12} \d{1,9}:\d{1,9}(:\d{1,9})? ([+-]\d{1,20}|GMT|\w{3})", fullmatch=True
    )
)
def test_any_text_as_a_date_is_read_or_refused_and_never_a_crash(text: str) -> None:
    try:
        parse(published_at=text)
    except InvalidArticle:
        pass


@pytest.mark.parametrize(("name", "alias"), [(name, alias) for name, aliases in ALIASES.items() for alias in aliases])
def test_a_field_is_read_under_its_other_names(name: str, alias: str) -> None:
    values = {"published_at": "2026-01-01", "updated_at": "2026-01-01", "image_url": "https://example.org/1.png"}
    value = values.get(name, "en")
    other = parse(**{alias: value})
    assert other == parse(**{name: value})
    assert other != parse()
    assert not other.extra


def test_of_several_names_the_first_that_is_not_empty_wins_and_the_others_are_kept() -> None:
    one = parse(published_at=None, published="2026-01-02", date="2026-01-03", tags=["x"], topics=["y"], keywords=["z"])
    assert one.published_at.day == 2
    assert one.tags == ("x",)
    assert one.extra == {"date": "2026-01-03", "topics": ["y"], "keywords": ["z"]}


@pytest.mark.parametrize(
    ("first", "alias", "second"),
    [("tags", "topics", ["b"]), ("published_at", "date", "2026-01-01"), ("summary", "dek", "Short")],
)
@pytest.mark.parametrize("blank", ["", " ", "\n\t", [], [""], [None, " "]])
def test_an_empty_value_leaves_the_field_to_its_other_name(
    first: str, alias: str, second: object, blank: object
) -> None:
    one = parse(**{first: blank, alias: second})
    assert one == parse(**{first: second})
    assert parse_article(orjson.loads(dump_record(one))) == one


def test_the_archives_own_names_come_first() -> None:
    names = FieldNames({"title": "headline", "published_at": "when", "series": "keywords"})
    record = {"id": "a", "headline": "H", "when": "2026-01-02", "date": "2026-01-03", "keywords": "K", "topics": "T"}
    one = parse_article(record, names)
    assert (one.title, one.published_at.day, one.series, one.tags) == ("H", 2, "K", ("T",))
    assert one.extra == {"date": "2026-01-03"}
    assert parse_article({"id": "b", "title": "Plain"}, names).title == "Plain"


def test_two_fields_may_be_read_from_one_and_two_may_change_places() -> None:
    both = FieldNames({"title": "headline", "summary": "headline"})
    one = parse_article({"id": "a", "headline": "H"}, both)
    assert (one.title, one.summary, dict(one.extra)) == ("H", "H", {})
    swapped = FieldNames({"title": "summary", "summary": "title"})
    one = parse_article({"id": "a", "title": "Short", "summary": "Headline"}, swapped)
    assert (one.title, one.summary, dict(one.extra)) == ("Headline", "Short", {})


def test_an_own_name_for_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no field is called 'headline'; fields are id, title, text"):
        FieldNames({"headline": "title"})


def test_unknown_fields_are_kept_and_counted() -> None:
    names = FieldNames()
    one = parse_article({"id": "a", "title": "T", "words": 5, "desk": {"x": [1, None]}}, names)
    parse_article({"id": "b", "title": "T", "words": 6, "published": "2026-01-01"}, names)
    assert one.extra == {"words": 5, "desk": {"x": [1, None]}}
    assert names.unknown == {"words": 2, "desk": 1}


def test_the_same_article_gives_the_same_bytes_whatever_the_order_of_its_fields() -> None:
    record = {"id": "a", "title": "T", "b": 1, "a": 2, "published_at": "2026-03-14T08:00:00+01:00"}
    raw = dump_record(parse_article(record))
    assert raw == dump_record(parse_article(dict(reversed(record.items()))))
    assert raw == b'{"a":2,"b":1,"id":"a","published_at":"2026-03-14T07:00:00Z","title":"T"}'
    assert record_hash(raw) != record_hash(dump_record(parse_article({**record, "b": 2})))
