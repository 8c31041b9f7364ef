"""Markdown and HTML as a reader sees them, without what generators and their templates put between the lines."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.static_site.markdown import prose_of
from index.sources.static_site.shortcodes import without_shortcodes

STORY = """\
# Harbour reopens

The **harbour** [opened](../storm/ "title") again[^1], said `mayor` Brandt.
<!--more-->
It had been ~~closed~~ shut
for two weeks.

## What it cost {#cost}
{: .lead}

| pier | price |
|------|------:|
| old  | 1     |

```python
import railing
```

> “Never <em>again</em>.”

- one
- two, [see](storm.md)

<figure><img src="/img/pier.jpg" alt="alt"><figcaption>Photo: J. Moe</figcaption></figure><script>share()</script>

**Also read:** [The night the railing went](/news/storm/)

Last ![](late.jpg) words &amp; more [opened](../storm/).

[^1]: On Saturday at noon.
"""


def test_a_story_is_its_paragraphs() -> None:
    prose = prose_of(STORY)
    assert prose.text.split("\n\n") == [
        "The harbour opened again, said mayor Brandt.",
        "It had been closed shut for two weeks.",
        "What it cost",
        "pier price",
        "old 1",
        "“Never again.”",
        "one",
        "two, see",
        "Last words & more opened.",
        "On Saturday at noon.",
    ]
    assert prose.heading == "Harbour reopens"
    assert prose.image == "/img/pier.jpg"


def test_links_stand_where_they_first_stood_and_an_also_read_line_is_only_a_link() -> None:
    prose = prose_of(STORY)
    assert [link.address for link in prose.links] == ["../storm/", "storm.md", "/news/storm/"]
    assert prose.links[0].position == pytest.approx(prose.text.index("opened") / len(prose.text))
    assert prose.links[1].position == pytest.approx(prose.text.index("see") / len(prose.text), abs=0.02)
    assert 0 <= prose.links[0].position <= prose.links[1].position <= prose.links[2].position <= 1


def test_html_is_read_as_it_is() -> None:
    prose = prose_of("<h2>Storm</h2><div>One<p>Two<br>lines</div><!-- no --> *three* <a href='/x/'>x</a>", is_html=True)
    assert prose.text == "Storm\n\nOne\n\nTwo lines\n\n*three* x"
    assert [link.address for link in prose.links] == ["/x/"]


@pytest.mark.parametrize("source", ["", " \n ", "<!-- nothing -->", "```\ncode\n```", "<script>x</script>", "[a]: /x"])
def test_a_page_without_words_has_none(source: str) -> None:
    assert prose_of(source).text == ""


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ('{{< youtube "abc" >}} Wind.', "Wind."),
        ("{{% note %}}Nobody was **hurt**.{{% /note %}}", "Nobody was **hurt**."),
        ("{{< highlight go >}}\ncode\n{{< /highlight >}}Wind.", "Wind."),
        ("{{</* figure */>}} Wind.", "Wind."),
        ('[a]({{< ref "news/storm.md" >}})', "[a](page:news/storm.md)"),
        ('[a]({{% relref path="/news/the storm.md#night" lang="de" %}})', "[a](page:/news/the%20storm.md)"),
        ('{{< figure src="/img/a b.jpg" caption="Pier" >}}', "![](/img/a%20b.jpg)"),
        ('{{< figure class="wide" src="/img/a.jpg" >}}', "![](/img/a.jpg)"),
        ("{{< open", "{{< open"),
        ("a {{ site.title }} {% include x %}", "a {{ site.title }} {% include x %}"),
    ],
)
def test_shortcodes_of_hugo_leave_the_text_and_what_they_hold_stays(source: str, clean: str) -> None:
    assert without_shortcodes(source, is_hugo=True).strip() == clean


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("A {% include ad.html %}b {{ page.title }}c", "A b c"),
        ("{% highlight ruby %}x = {{ y }}{% endhighlight %}Wind.", "Wind."),
        ("{% comment %}todo{% endcomment %}Wind.{# note #}", "Wind."),
        ("{% raw %}kept{% endraw %}", "kept"),
        ("[a]({% post_url 2026-03-01-storm %})", "[a](page:2026-03-01-storm)"),
        ("[a]({% link _posts/2026-03-01-storm.md %})", "[a](page:_posts/2026-03-01-storm.md)"),
        ("[a]({{ site.baseurl }}/storm/)", "[a](/storm/)"),
        ("[a]({{ '/storm/' | relative_url }})", "[a](/storm/)"),
        ('{{ youtube(id="x") }}{% quote(author="I. Brandt") %}Never again.{% end %}', "Never again."),
        ("{{< figure >}}x", "x"),
    ],
)
def test_tags_of_liquid_nunjucks_and_zola_leave_the_text(source: str, clean: str) -> None:
    assert without_shortcodes(source, is_hugo=False).strip() == clean


HOSTILE = {
    "brackets": "[" * 10_000,
    "open links": "[a](" * 2_000,
    "stars": "*a_ " * 2_000,
    "backticks": "".join("`" * number + " " for number in range(1, 300)),
    "quotes": ">" * 5_000,
    "elements": "<div>" * 5_000,
    "open tags": "<a " * 2_000,
    "shortcodes": "{{<" * 10_000,
    "notes": "[^" * 2_000,
    "many links": "[a](b) " * 1_000,
    "nested list": "".join("  " * number + "- a\n" for number in range(400)),
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_no_time_that_grows_with_its_square(source: str) -> None:
    started = time.process_time()
    prose_of(without_shortcodes(source, is_hugo=False))
    assert time.process_time() - started < 5


@given(st.text(st.sampled_from("ab \n#*_[]()<>!`{}%|-~^:&\"'\\/\0\x07é")))
def test_whatever_is_written_is_text(source: str) -> None:
    for is_html in (True, False):
        prose = prose_of(without_shortcodes(source, is_hugo=is_html), is_html)
        assert "\n\n\n" not in prose.text
        assert all(0 <= link.position <= 1 for link in prose.links)


@given(st.lists(st.lists(st.text("abcé", min_size=1), min_size=1), max_size=5))
def test_plain_paragraphs_are_read_as_they_are(paragraphs: list[list[str]]) -> None:
    text = "\n\n".join(" ".join(words) for words in paragraphs)
    assert prose_of(text).text == text
