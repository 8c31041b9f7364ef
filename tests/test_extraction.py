"""A news page becomes its article: the text without furniture, editors' links apart, and no article out of what is none."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring
from pages_of_dunmere import LD, PARAGRAPHS, URL, body_of, ld_json, page

from index.article import Article, Link
from index.article_record import dump_record
from index.errors import ArchiveError, InvalidArticle, NotAnArticle
from index.extraction import tree
from index.extraction.also_read import ALSO_READ, is_label, title_after
from index.extraction.chunks import with_missing_parts
from index.extraction.page import read_page
from index.extraction.paragraphs import Paragraph

OTHER = "/council/2026/02/divers-at-the-bridge"
WHOLE = f"https://www.dunmere-gazette.example{OTHER}"


def read(body: str | None = None, head: str = "", **more: str) -> Article:
    return read_page(page(head, body), **{"url": URL, **more})


def test_a_page_is_its_title_and_its_paragraphs() -> None:
    article = read()
    assert article.title == "Ferry bridge stays shut until autumn"
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert (article.id, article.url, article.links) == (URL, URL, ())


def test_the_same_bytes_give_the_same_article() -> None:
    body = body_of(f'<p>See the <a href="{OTHER}">divers at the bridge</a>.</p>')
    assert dump_record(read(body)) == dump_record(read(body))


@pytest.mark.parametrize(
    "furniture",
    [
        '<div class="newsletter-signup"><h4>The morning post</h4><p>All of Dunmere before breakfast.</p></div>',
        '<section class="Newsletter-container"><p>Keep an eye on the harbour with us, each Friday.</p></section>',
        "<p>Sign up for our newsletter here.</p>",
        "<p>Follow the Gazette on Facebook and Instagram.</p>",
        "<p>Advertisement</p>",
        '<p>The mayor <span class="tooltip">Elected in 2022, once a pilot</span></p>',
        "<script>var a = '<p>The harbour is on fire, says no one.</p>'</script>",
        "<figure><img src=/b.jpg><figcaption>The bridge on Monday. Photo: Ada Quill</figcaption></figure>",
        "<h1>Ferry bridge stays shut until autumn</h1>",
        '<div class="share-bar"><a href="https://facebook.com/sharer">Share</a> <a href="mailto:x">E-mail</a></div>',
    ],
)
def test_furniture_within_the_text_leaves_it(furniture: str) -> None:
    kept = read(body_of(furniture, after=0 if "<h1>" in furniture else 2)).text.split("\n\n")
    assert [line for line in kept if line in PARAGRAPHS] == list(PARAGRAPHS)
    assert set(kept) - set(PARAGRAPHS) <= {"The mayor"}


@pytest.mark.parametrize(
    "ending",
    [
        "<p>Reporting by Ada Quill; editing by Bo Marsh</p>",
        "<p>Wim Halloran is the Gazette's harbour reporter.</p>",
        "<p>Have a tip? Write to us.</p>",
        "<p>© 2026 The Dunmere Gazette</p>",
        "<p>Tags: bridge, harbour</p>",
        "<p>12 comments</p>",
    ],
)
def test_what_stands_behind_the_text_is_none_of_it(ending: str) -> None:
    assert read(body_of(ending, after=5), ld_json(LD)).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "line",
    [
        "Wim Halloran is the man who swam under the bridge, and he tells of what he saw there below the water line that day.",
        "“Sign up or go home,” the captain of the rowing club told the volunteers, and most of them did sign up that night.",
        "Related to the cracks, the divers said, is the gravel that was taken from the river bed in the years of the war.",
        "Editing by candlelight, as they did in the war, the clerks of the council put the plan of the bridge on paper again.",
        "The comments of the county came late, as they do, and said nothing that the council did not know already then.",
    ],
)
def test_a_sentence_that_begins_like_furniture_stays(line: str) -> None:
    assert line in read(body_of(f"<p>{line}</p>", after=1), ld_json({**LD, "author": "Wim Halloran"})).text


@pytest.mark.parametrize(
    "heading", ["Divers found cracks in two piers, and the council is short of the money for it", ""]
)
def test_the_heading_that_is_the_summary_is_not_told_twice(heading: str) -> None:
    head = f'<meta property="og:description" content="{heading}">'
    article = read(f"<h2>{heading}</h2>{body_of()}" if heading else None, head)
    assert (article.text, article.summary or "") == ("\n\n".join(PARAGRAPHS), heading)


@pytest.mark.parametrize(
    ("block", "title"),
    [
        (f'<p>Also read: <a href="{OTHER}">Divers look at the bridge</a></p>', "Divers look at the bridge"),
        (f'<p><a href="{OTHER}">Read more: Divers look at the bridge</a></p>', "Divers look at the bridge"),
        (
            f'<p><strong><a href="{OTHER}">Divers look at the ferry bridge</a></strong></p>',
            "Divers look at the ferry bridge",
        ),
        (f'<p>Lesen Sie auch: <a href="{OTHER}">Taucher an der Brücke</a></p>', "Taucher an der Brücke"),
        (f'<p>À lire aussi : <a href="{OTHER}">Des plongeurs sous le pont</a></p>', "Des plongeurs sous le pont"),
        (f'<p>Lea también: <a href="{OTHER}">Buzos en el puente</a></p>', "Buzos en el puente"),
        (f'<p>Leggi anche: <a href="{OTHER}">Sommozzatori al ponte</a></p>', "Sommozzatori al ponte"),
        (f'<p>Leia também: <a href="{OTHER}">Mergulhadores na ponte</a></p>', "Mergulhadores na ponte"),
        (f'<p>Lees ook: <a href="{OTHER}">Duikers bij de brug</a></p>', "Duikers bij de brug"),
        (
            f'<h3>Related stories</h3><p><a href="{OTHER}">Divers look at the bridge</a></p>',
            "Divers look at the bridge",
        ),
    ],
)
def test_an_also_read_line_is_a_link_and_leaves_the_text(block: str, title: str) -> None:
    article = read(body_of(block))
    before = len("\n\n".join(PARAGRAPHS[:2])) + 2
    position = round(before / len(article.text), 4)
    assert article.links == (Link(url=WHOLE, title=title, position=position),)
    assert article.text == "\n\n".join(PARAGRAPHS)


def test_a_list_of_links_alone_leaves_the_text_and_a_list_of_words_stays() -> None:
    links = (
        f'<ul><li><a href="{OTHER}">Divers look at it</a></li><li><a href="/sport/x">Rowers win at home</a></li></ul>'
    )
    words = "<ul><li>The north pier, which is the oldest</li><li>The mill pier, built anew in 1911</li></ul>"
    article = read(body_of(links, words))
    assert [link.url for link in article.links] == [WHOLE, "https://www.dunmere-gazette.example/sport/x"]
    lists = [part for part in article.text.split("\n\n") if part not in PARAGRAPHS]
    assert lists == ["- The north pier, which is the oldest\n- The mill pier, built anew in 1911"]


def test_a_link_in_a_sentence_stays_there_and_is_found_with_its_place() -> None:
    sentence = (
        f'<p>The council had heard of <a href="{OTHER}#top">the divers\' first report</a> in February already.</p>'
    )
    article = read(body_of(sentence, after=0))
    assert article.text.startswith("The council had heard of the divers' first report in February already.\n\n")
    position = round(len("The council had heard of ") / len(article.text), 4)
    assert article.links == (Link(url=WHOLE, title=None, position=position),)


@pytest.mark.parametrize(
    "href",
    [
        "https://elsewhere.example/news/1",
        URL,
        "/",
        "#notes",
        "mailto:a@b.example",
        "javascript:void(0)",
        "http://[::1",
        "/tag/bridges",
    ],
)
def test_links_to_other_sites_to_itself_and_to_the_front_page_are_no_editors_links(href: str) -> None:
    assert read(body_of(f'<p>The report is <a href="{href}">to be had at the town hall</a> for all.</p>')).links == ()


def test_a_table_is_a_line_a_row() -> None:
    rows = "<table><tr><th>Pier</th><th>Cracks</th></tr><tr><td>North</td><td>14</td></tr></table>"
    assert "Pier | Cracks\nNorth | 14" in read(body_of(rows)).text


def test_a_text_cut_in_two_elements_is_read_whole() -> None:
    half = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    other = (
        "<p>Of the far bank there is less to tell, but it has its story too, and the ferryman tells it well.</p>" * 2
    )
    root = document_fromstring(
        f'<article><h1>Bridge</h1><div class="chunk">{half}</div><div class="ad">Ad</div><div class="chunk">{other}</div>'
        f'<div class="comments">{other}</div></article>'
        f'<article><h1>Ferry</h1><p><i><b><div class="chunk">{other}</div></b></i></p></article>'
    )
    found = with_missing_parts([Paragraph(text) for text in PARAGRAPHS], root)
    assert [one.text for one in found[:5]] == list(PARAGRAPHS)
    assert [one.text[:18] for one in found[5:]] == ["Of the far bank th"] * 2


def test_the_body_that_a_page_states_is_taken_where_nothing_is_to_be_seen() -> None:
    stated = "\n".join(PARAGRAPHS)
    article = read('<div id="app"></div>', ld_json({**LD, "articleBody": stated}))
    assert article.text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    ("html", "url", "seen"),
    [
        (b"", URL, "nothing that is HTML"),
        (b"   \n", URL, "nothing that is HTML"),
        (page(body="<p>Sorry.</p>", title="404 - Page not found"), URL, "an error page"),
        (page(body="<p>We cannot find it.</p>", title="Seite nicht gefunden"), URL, "an error page"),
        (b"<html><title>Just a moment...</title><body><p>Checking your browser", URL, "an error page"),
        (page(), "https://www.dunmere-gazette.example/", "a front page"),
        (
            b"<html><title>Log in</title><body><form><p>Log in to read on.</p><input type=password></form>",
            URL,
            "a page to log in",
        ),
        (b"<html><title>Tides</title><body><div></div></body></html>", URL, "a page without a text"),
    ],
)
def test_a_page_that_is_no_article_is_told_by_what_was_seen(html: bytes, url: str, seen: str) -> None:
    with pytest.raises(NotAnArticle, match=f"expected an? .*{seen}|{seen}"):
        read_page(html, url=url)


def test_a_list_of_articles_is_none() -> None:
    teasers = "".join(
        f'<p><a href="/council/{number}">Council story number {number} of the harbour and its many bridges</a></p>'
        for number in range(30)
    )
    html = f"<html><title>Council</title><body class='archive category'><main>{teasers}</main></body></html>".encode()
    with pytest.raises(NotAnArticle, match="a list of articles"):
        read_page(html, url="https://www.dunmere-gazette.example/council")


@pytest.mark.parametrize("title", ["404 people cross the bridge", "The page was not found in the archive for years"])
def test_a_story_with_the_words_of_an_error_is_a_story(title: str) -> None:
    assert read_page(page(ld_json({**LD, "headline": title}), title=title), url=URL).title == title


def test_an_identifier_of_the_publishers_comes_before_the_address_and_another_name_behind_it() -> None:
    assert read(identifier="tag:dunmere,2026:7").id == "tag:dunmere,2026:7"
    assert read(otherwise="saved/bridge").id == URL
    assert read_page(page(), otherwise="saved/bridge").id == "saved/bridge"
    with pytest.raises(InvalidArticle, match=r"^id: "):
        read_page(page())


def test_a_page_that_is_too_long_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.extraction.page.MAX_PAGE", 1_000)
    with pytest.raises(InvalidArticle, match="at most 1,000 bytes, got"):
        read()
    monkeypatch.undo()
    monkeypatch.setattr(tree, "MAX_ELEMENTS", 20)
    with pytest.raises(InvalidArticle, match="at most 20 elements"):
        read()


@given(
    st.sampled_from("Storm Ebbe Über 1911 “Who".split()),
    st.sampled_from(["Also read", "Related", "Siehe auch", "Zie ook"]),
)
def test_what_a_line_announces_is_the_title_behind_it(word: str, words: str) -> None:
    title = f"{word} comes to the harbour"
    assert {title_after(f"{words}{between}{title}") for between in (": ", " – ", " ", " - ")} == {title}
    assert is_label(f"{words}:")
    assert not is_label(f"{words} {title}")
    assert ALSO_READ.fullmatch(f"{words} the harbour") is None


@given(st.binary(max_size=400), st.integers(0, 2_500), st.integers(1, 400))
def test_no_bytes_break_the_reader(noise: bytes, at: int, length: int) -> None:
    whole = page(ld_json(LD), body_of(f'<p><a href="{OTHER}">Divers look at the bridge</a></p>'))
    for broken in (noise, whole[:at] + noise + whole[at:], whole[:at] + whole[at + length :], whole[:at]):
        try:
            article = read_page(broken, url=URL)
        except ArchiveError:
            continue  # said with its reason, as the type promises
        else:
            assert json.loads(dump_record(article))["id"]


@pytest.mark.data
def test_bodies_of_the_set_are_read_as_its_people_did(development_data: Path) -> None:
    from benchmarks.ingest_pages import ours, pages, scores, shingles

    folder = development_data / "pages" / "html_benchmark"
    truth = json.loads((folder / "ground-truth.json").read_bytes())
    names = [name for name in truth if name.startswith("c")]
    texts = {
        name: article.text if (article := ours(raw)) else "" for name, raw in pages(folder).items() if name in names
    }
    found = scores(texts, {name: shingles(truth[name]["articleBody"]) for name in names}, names)
    assert found["f1"] > 0.96
