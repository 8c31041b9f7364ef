"""WordPress by its REST API: every post arrives once, few are asked for twice, and what a site refuses is said."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from wordpress_archive import Story
from wordpress_server import PlainFetches, WordPressServer, serving_wordpress

from index.article import Article, Link
from index.errors import FetchFailed, UnreadableSource
from index.sources import Item, Rejected, Skipped
from index.sources.wordpress.site import WordPressSite

STORIES = tuple(Story(number, f"Story {number}") for number in range(10, 270))


@pytest.fixture
def site() -> Iterator[WordPressServer]:
    with serving_wordpress(*STORIES[:5]) as server:
        yield server


def read(site: WordPressServer, **options: object) -> list[Item]:
    return list(WordPressSite(PlainFetches(), site.url, **options))


def numbers(items: list[Item]) -> list[object]:
    """What each item is of: the number of an article's post, the place's of all else."""
    return [item.extra["post_id"] if isinstance(item, Article) else int(item.place.split()[-1]) for item in items]


class Shelf:
    """What was kept, in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, int], tuple[str, Item]] = {}

    def find(self, key: str, version: int) -> tuple[str, Item] | None:
        return self.kept.get((key, version))

    def keep(self, key: str, version: int, note: str, item: Item) -> None:
        self.kept[key, version] = note, item

    def finish(self) -> None:
        pass


def test_a_post_becomes_an_article_with_all_that_the_site_says_of_it(site: WordPressServer) -> None:
    body = (
        "<p>The lock gate opened on Tuesday.</p>\n<p>It had been <a href='/2026/03/story-9/'>shut since the storm</a>.</p>"
        "<div class='sharedaddy sd-sharing-enabled'><h3>Share this:</h3></div>"
        "<div class='crp_related'><h3>Related posts</h3><ul><li><a href='/2020/01/old/'>An old one</a></li></ul></div>"
    )
    site.stories = [
        Story(
            12,
            "Tides &amp; <em>floods</em>: the Mayor's plan",
            body,
            excerpt="What the council wants.",
            image=900,
            home=site.url,
        )
    ]
    assert read(site) == [
        Article(
            id=f"{site.url}/?p=12",
            title="Tides & floods: the Mayor’s plan",
            text="The lock gate opened on Tuesday.\n\nIt had been shut since the storm.",
            url=f"{site.url}/2026/03/story-12/",
            summary="What the council wants.",
            section="town/council",
            tags=("Lock", "Tides & Floods"),
            authors=("Mia Lund",),
            published_at=datetime(2026, 3, 14, 8, tzinfo=UTC),
            updated_at=datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
            lang="en-gb",
            image_url=f"{site.url}/wp-content/uploads/2026/03/lock-gate.jpg",
            links=(Link(url=f"{site.url}/2026/03/story-9/", position=0.6866),),
            extra={"post_id": 12, "categories": ["town/council", "town"]},
        )
    ]


def test_every_post_arrives_once_in_few_requests(site: WordPressServer) -> None:
    site.stories = list(STORIES)
    source = WordPressSite(PlainFetches(), site.url)
    items = list(source)
    assert numbers(items) == [story.number for story in STORIES]
    # what WordPress cuts from the beginning of a text is no summary
    assert {item.summary for item in items if isinstance(item, Article)} == {None}
    assert (source.position(), source.size) == (260, 260)
    # three pages of the list, three times a hundred posts at most
    assert len(site.asked("wp/v2/posts")) == 6
    assert len(site.asked("wp/v2/categories")) == 1


@pytest.mark.parametrize("says_where", [True, False])
@pytest.mark.parametrize("plain_addresses", [True, False])
def test_the_api_is_found_wherever_it_is(site: WordPressServer, says_where: bool, plain_addresses: bool) -> None:
    site.says_where, site.plain_addresses = says_where, plain_addresses
    assert len(read(site)) == 5
    page = WordPressSite(PlainFetches(), f"{site.url}/2026/03/story-9/")
    assert len(list(page)) == 5


@pytest.mark.parametrize("path", ["/wp-json/", "/wp-json/wp/v2/posts?per_page=5"])
def test_the_address_may_be_that_of_the_api(site: WordPressServer, path: str) -> None:
    assert len(list(WordPressSite(PlainFetches(), site.url + path))) == 5


def test_a_front_page_may_name_the_api_in_its_head(site: WordPressServer) -> None:
    site.says_where, site.plain_addresses = False, False
    site.front_page = f'<html><head><link rel="https://api.w.org/" href="{site.url}/wp-json/" /></head></html>'.encode()
    assert len(read(site)) == 5
    assert site.calls[1].startswith("/wp-json/?")


@pytest.mark.parametrize("counts", [True, False])
def test_the_last_page_is_known_without_counts(site: WordPressServer, counts: bool) -> None:
    site.stories, site.counts = list(STORIES[:200]), counts
    assert len(read(site)) == 200


def test_a_site_that_gives_the_same_page_over_and_over_is_not_taken_for_read(site: WordPressServer) -> None:
    site.stories, site.counts, site.knows_pages = list(STORIES[:150]), False, False
    with pytest.raises(UnreadableSource, match="expected page 2 of the list, got posts of an earlier page again"):
        read(site)


@pytest.mark.parametrize("most", [100, 50, 10])
def test_a_weak_server_is_asked_for_less(site: WordPressServer, most: int) -> None:
    site.stories, site.most = list(STORIES[:130]), most
    site.hides = ("wp/v2/categories",)
    assert numbers(read(site)) == [story.number for story in STORIES[:130]]


@pytest.mark.parametrize("breaks_by", ["500", "html", "slow"])
def test_a_broken_post_is_named_and_the_others_arrive(site: WordPressServer, breaks_by: str) -> None:
    site.broken, site.breaks_by = {12}, breaks_by
    items = read(site)
    assert numbers(items) == [10, 11, 12, 13, 14]
    assert [type(item) for item in items] == [Article, Article, Rejected, Article, Article]


def test_a_site_that_fails_at_every_post_is_not_asked_for_all_of_them(site: WordPressServer) -> None:
    site.stories, site.broken = list(STORIES), {story.number for story in STORIES}
    with pytest.raises(FetchFailed):
        read(site)
    assert len(site.asked("wp/v2/posts")) < 60


WARNING = b'<br />\n<b>Warning</b>: Undefined array key ["x"] in <b>/srv/plugin.php</b> on line <b>3</b><br />\n'


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (b"\xef\xbb\xbf", b""),
        (WARNING, b""),
        (b"", b"\n<!-- Cached page -->"),
        (b"<div>[]</div>", b"<script>x</script>"),
        (b"\n\n", b"\n"),
    ],
    ids=["byte-order mark", "warning", "comment behind", "mark-up around", "blank lines"],
)
def test_json_is_found_between_what_plugins_print(site: WordPressServer, before: bytes, behind: bytes) -> None:
    site.before, site.behind = before, behind
    assert len(read(site)) == 5


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_api_is_said_with_what_else_can_be_read(site: WordPressServer, status: int) -> None:
    site.status = status
    with pytest.raises(UnreadableSource, match=f"closed to visitors .status {status}.*feed or its sitemap"):
        read(site)


def test_posts_that_are_closed_alone_are_said_too(site: WordPressServer) -> None:
    site.hides = ("wp/v2/posts",)
    with pytest.raises(UnreadableSource, match="closed to visitors"):
        read(site)


def test_a_site_without_wordpress_is_said(site: WordPressServer) -> None:
    site.status, site.says_where = 404, False
    with pytest.raises(UnreadableSource, match="expected a WordPress site with its REST API, found none at"):
        read(site)


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_that_asks_for_time_is_left_alone(site: WordPressServer, status: int) -> None:
    site.status = status
    with pytest.raises(FetchFailed) as failed:
        read(site)
    assert failed.value.passing
    assert len(site.calls) <= 3


def test_names_are_asked_for_where_posts_lack_them(site: WordPressServer) -> None:
    site.embeds = False
    article = read(site)[0]
    assert isinstance(article, Article)
    assert (article.section, article.tags, article.authors) == (
        "town/council",
        ("Lock", "Tides & Floods"),
        ("Mia Lund",),
    )
    assert len(site.asked("wp/v2/users/7")) == 1
    site.hides = ("wp/v2/users", "wp/v2/tags")
    article = read(site)[0]
    assert isinstance(article, Article)
    assert (article.section, article.tags, article.authors) == ("town/council", (), ())


def test_a_post_with_a_password_is_skipped_and_never_asked_for(site: WordPressServer) -> None:
    site.stories[1] = replace(site.stories[1], password="tide")
    items = read(site)
    assert items[0] == Skipped(f"{site.url}, post 11", "password-protected posts")
    assert numbers(items) == [11, 10, 12, 13, 14]
    assert "11" not in site.asked("wp/v2/posts")[-1]["include"].split(",")


def test_what_is_kept_is_not_asked_for_again(site: WordPressServer) -> None:
    shelf = Shelf()
    before = read(site, kept=shelf)
    site.calls.clear()
    site.stories[2] = replace(site.stories[2], title="Lock gate stuck", modified="2026-03-15 10:00:00")
    site.stories.append(Story(99, "New"))
    after = read(site, kept=shelf)
    assert [query["include"] for query in site.asked("wp/v2/posts")[1:]] == ["12,99"]
    assert {item.id: item.title for item in after if isinstance(item, Article)} == {
        **{item.id: item.title for item in before if isinstance(item, Article)},
        site.stories[2].guid: "Lock gate stuck",
        site.stories[-1].guid: "New",
    }


SINCE = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("knows_after", [True, False])
def test_changes_are_what_was_changed_or_published_since(site: WordPressServer, knows_after: bool) -> None:
    site.knows_after = knows_after
    site.stories += [
        Story(50, "Changed before", modified="2026-03-20 11:00:00"),
        Story(51, "Changed", modified="2026-03-20 12:00:01"),
        Story(
            52,
            "Written before, published by the clock",
            published="2026-03-20 12:30:00",
            modified="2026-03-18 10:00:00",
        ),
        Story(53, "A moment before", modified="2026-03-20 11:55:00"),
        *(Story(number, "Old", "2020-01-01 08:00:00", "2020-01-01 08:00:00") for number in range(1_000, 1_300)),
    ]
    changes = list(WordPressSite(PlainFetches(), site.url).changes(SINCE))
    assert numbers(changes) == [51, 52, 53]
    lists = [query for query in site.asked("wp/v2/posts") if "include" not in query]
    assert len(lists) == 2
    assert lists[0]["modified_after"] == "2026-03-19T11:50:00Z"


def test_without_changes_no_post_is_asked_for(site: WordPressServer) -> None:
    assert list(WordPressSite(PlainFetches(), site.url).changes(SINCE)) == []
    assert not any("include" in query for query in site.asked("wp/v2/posts"))


def test_removed_is_what_the_site_no_longer_shows_to_everybody(site: WordPressServer) -> None:
    known = [item.id for item in read(site) if isinstance(item, Article)]
    source = WordPressSite(PlainFetches(), site.url)
    assert source.removed(known) == []
    del site.stories[3]
    site.stories[0] = replace(site.stories[0], status="draft")
    site.stories[1] = replace(site.stories[1], password="tide")
    assert source.removed(known) == [known[0], known[1], known[3]]


def test_a_site_that_suddenly_lists_nothing_removed_nothing(site: WordPressServer) -> None:
    known = [item.id for item in read(site) if isinstance(item, Article)]
    site.stories = []
    with pytest.raises(UnreadableSource, match="expected some of 5 known posts, got an empty list"):
        WordPressSite(PlainFetches(), site.url).removed(known)
    site.status = 500
    with pytest.raises(FetchFailed):
        WordPressSite(PlainFetches(), site.url).removed(known)


def test_other_types_are_read_when_asked_for(site: WordPressServer) -> None:
    site.stories.append(Story(60, "A dossier", post_type="dossier"))
    assert numbers(read(site, types=("dossier", "post"))) == [60, 10, 11, 12, 13, 14]
    with pytest.raises(UnreadableSource, match="expected the post type 'recipe', got only post, dossier"):
        read(site, types=("recipe",))
