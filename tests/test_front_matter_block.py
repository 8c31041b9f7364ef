"""Front matter in YAML, TOML and JSON: the same fields, the same limits, and the line where it breaks."""

import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from index.sources.static_site.front_matter import BrokenFrontMatter, FrontMatter, split_front_matter

FIELDS = {
    "title": "Storm: day 2",
    "draft": False,
    "weight": 3,
    "tags": ["harbour", "north"],
    "cover": {"image": "a.jpg"},
}


@pytest.mark.parametrize(
    "block",
    [
        '---\ntitle: "Storm: day 2"\ndraft: false\nweight: 3\ntags: [harbour, north]\ncover:\n  image: a.jpg\n---\n',
        '---  \ntitle: "Storm: day 2"\ndraft: false\nweight: 3\ntags: [harbour, north]\ncover: {image: a.jpg}\n...\n',
        '+++\ntitle="Storm: day 2"\ndraft=false\nweight=3\ntags=["harbour","north"]\n[cover]\nimage="a.jpg"\n+++\n',
        '{"title":"Storm: day 2","draft":false,"weight":3,"tags":["harbour","north"],"cover":{"image":"a.jpg"}}\n',
    ],
    ids=["yaml", "yaml-dots", "toml", "json"],
)
@pytest.mark.parametrize("dress", [str, lambda text: "\ufeff" + text, lambda text: text.replace("\n", "\r\n")])
def test_the_same_fields_come_out_of_every_form(block: str, dress: object) -> None:
    front = split_front_matter(dress(f"{block}The wind.\n"))  # type: ignore[operator]  # a value of a table of lambdas
    assert front is not None
    assert front.fields == FIELDS
    assert front.body.strip() == "The wind."


@pytest.mark.parametrize(
    "text", ["", "The wind.", "# Storm\n", "{{< figure >}}", "{% include x %}", "{: .lead}", "----\n"]
)
def test_a_file_without_front_matter_has_none(text: str) -> None:
    assert split_front_matter(text) is None


def test_empty_front_matter_has_no_fields() -> None:
    assert split_front_matter("---\n---\nText") == FrontMatter({}, "Text")
    assert split_front_matter("---\n# nothing yet\n---\nText") == FrontMatter({}, "Text")
    assert split_front_matter("---\na: 1\n---") == FrontMatter({"a": 1}, "")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("on", "on"),
        ("1.10", "1.10"),
        ("007", "007"),
        ("12:30", "12:30"),
        ("2026-03-14", "2026-03-14"),
        ("2026-03-14 08:00:00 +0100", "2026-03-14 08:00:00 +0100"),
        ("0x1F", "0x1F"),
        ("true", True),
        ("42", 42),
        ("~", None),
        ("", None),
        ("'42'", "42"),
    ],
)
def test_yaml_is_what_its_author_meant(written: str, read: object) -> None:
    front = split_front_matter(f"---\nvalue: {written}\n---\n")
    assert front is not None
    assert front.fields == {"value": read}


def test_dates_of_toml_become_the_text_that_yaml_has() -> None:
    front = split_front_matter("+++\na=2026-03-14T08:00:00Z\nb=2026-03-14\nc=08:00:00\n+++\n")
    assert front is not None
    assert front.fields == {"a": "2026-03-14T08:00:00+00:00", "b": "2026-03-14", "c": "08:00:00"}


def test_anchors_and_merges_are_read() -> None:
    front = split_front_matter("---\nx: &x {a: 1}\ny: {<<: *x, b: 2}\nz: *x\n---\n")
    assert front is not None
    assert front.fields == {"x": {"a": 1}, "y": {"a": 1, "b": 2}, "z": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("---\ntitle: a\ntitle b\n---\n", 4, "not YAML"),
        ("---\ntitle: a\ntags: [a\n---\n", 4, "not YAML"),
        ("---\ntitle: a\n\tb: c\n---\n", 3, "not YAML"),
        ("---\n- a\n---\n", 2, "expected fields with a name each, got a list"),
        ("---\na: 1\nb: !!python/name:os.system\n---\n", 3, "the tag 'tag:yaml.org,2002:python/name:os.system'"),
        ("---\na: !!timestamp x\n---\n", 2, "the tag"),
        ("---\na: \x07\n---\n", 2, "not YAML"),
        ("---\ntitle: a\n", 1, "expected a line '---' that ends the front matter"),
        ("+++\ntitle = 'a'\nb = c\n+++\n", 3, "not TOML: Invalid value"),
        ("+++\ntitle = 'a'\n", 1, "expected a line '+++'"),
        ('{"title": "a",\n "b": }\n', 2, "not JSON: Expecting value"),
        ('{"title": "a"', 1, "not JSON"),
    ],
)
def test_broken_front_matter_is_named_by_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(BrokenFrontMatter) as caught:
        split_front_matter(text)
    assert caught.value.line == line
    assert said in caught.value.problem


HOSTILE = {
    "alias bomb": "---\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "---\n",
    "merge bomb": "---\na: &a {x: 1}\n"
    + "".join(f"{b}: &{b} {{<<: [{','.join([f'*{a}'] * 9)}]}}\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "---\n",
    "deep list": "---\na: " + "[" * 50_000 + "\n---\n",
    "deep dashes": "---\n" + "- " * 40_000 + "\n---\n",
    "deep keys": "---\n" + "? " * 40_000 + "\n---\n",
    "many values": "---\n" + "a:\n" * 30_000 + "---\n",
    "deep TOML": "+++\na = " + "[" * 50_000 + "\n+++\n",
    "long TOML key": "+++\na" + ".a" * 45_000 + " = 1\n+++\n",
    "quoted TOML key": "+++\nx = {" + '"a" . ' * 15_000 + "a = 1}\n+++\n",
    "huge TOML number": "+++\na = " + "9" * 90_000 + "\n+++\n",
    "deep JSON": '{"a":' + "[" * 90_000,
    "huge JSON number": '{"a":' + "9" * 90_000 + "}",
    "too long": "---\na: " + "x" * 200_000 + "\n---\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_front_matter_is_refused_and_soon(text: str) -> None:
    started = time.process_time()
    with pytest.raises(BrokenFrontMatter):
        split_front_matter(text)
    assert time.process_time() - started < 2


VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.text(st.characters(codec="utf-8", exclude_categories=("C",))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text("abcde", min_size=1), VALUE, max_size=5),
    st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff")),
)
def test_what_was_written_as_yaml_is_read_as_it_was(fields: dict[str, object], body: str) -> None:
    # an author's YAML quotes what it would take for another type; ours is text more often
    written = yaml.safe_dump(fields, allow_unicode=True)
    front = split_front_matter(f"---\n{written}---\n{body}")
    assert front is not None
    assert front.fields == fields
    assert front.body == body


@given(
    st.sampled_from(["---\n", "+++\n", "{"]),
    st.text("abc:=[]{}\"'-+&*!|>.#\n\t 12", max_size=80),
    st.sampled_from(["\n---\n", "\n+++\n", "}"]),
)
def test_whatever_looks_like_front_matter_is_read_or_refused(start: str, inner: str, end: str) -> None:
    try:
        front = split_front_matter(start + inner + end)
    except BrokenFrontMatter as error:
        front = None
        broken = error
        assert broken.problem
    assert front is None or isinstance(front.fields, dict)
