"""Furniture is learnt from an archive by how often and where it stands, and removed; text is left."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from boilerplate_pages import AUTHORS, HOST, body, page
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.boilerplate import NO_CLEANER, Cleaner, Finding, Rule, RuleSet, learn

MEMBER = "The Echo belongs to its readers and is printed on the island."
PLUG = "Every Friday we send out what happened: sign up for the newsletter."


def learnt(articles: Sequence[Article]) -> list[Finding]:
    return learn(lambda: articles)


def cleaner(articles: Sequence[Article]) -> Cleaner:
    return Cleaner(RuleSet(1, tuple(finding.rule for finding in learnt(articles))))


def lines(article: Article) -> list[str]:
    return [line for line in article.text.split("\n") if line.strip()]


def assert_nothing_but_text_stays(articles: Sequence[Article]) -> None:
    clean = cleaner(articles)
    for number, one in enumerate(articles):
        assert lines(clean.clean(one)) == body(number)


def assert_all_stays(articles: Sequence[Article]) -> None:
    assert learnt(articles) == []


def test_lines_around_every_article_are_removed_and_nothing_else():
    top = ["Home | Town | Sport", "Share this article"]
    assert_nothing_but_text_stays([page(n, top, [MEMBER, "Contact"]) for n in range(30)])


def test_a_line_on_a_tenth_of_the_pages_is_learnt():
    articles = [page(n, bottom=[MEMBER] if n % 10 == 0 else []) for n in range(100)]
    (finding,) = learnt(articles)
    assert (finding.articles, finding.of, finding.example) == (10, 100, MEMBER)
    assert finding.seen_in[0] == "p000"


def test_an_archive_of_nineteen_articles_learns_nothing_and_one_of_twenty_does():
    articles = [page(n, bottom=[MEMBER]) for n in range(20)]
    assert learnt(articles[:19]) == []
    assert len(learnt(articles)) == 1


def test_each_host_is_learnt_apart_and_a_small_one_not_at_all():
    ours = [page(n, bottom=[MEMBER]) for n in range(25)]
    other = [page(100 + n, bottom=[MEMBER], url=f"https://other.example/{n}") for n in range(5)]
    clean = cleaner([*ours, *other])
    assert lines(clean.clean(ours[0])) == body(0)
    assert clean.clean(other[0]) is other[0]


def test_credits_bylines_and_dates_are_learnt_in_the_form_that_all_share():
    names = ["Orla Quist", "Sem de Boer", "Ines Vard", "Tam O'Leary", "Bo Lund", "Ada Fenn", "Gil Moss"]

    def top(n: int) -> list[str]:
        credit = f"Photo: {names[n % 7]} / Echo"
        return [f"By {AUTHORS[n % 3]}", f"Published {n % 27 + 1} March 2026 at {n % 12}:30", credit]

    articles = [page(n, top(n)) for n in range(40)]
    assert_nothing_but_text_stays(articles)
    assert {finding.rule.form for finding in learnt(articles)} >= {"@photo: @ / @", "#published # at #"}
    stranger = page(7, ["By Someone New", "Published 3 June 2027 at 23:59", "Photo: Uma Ray / Echo"])
    assert lines(cleaner(articles).clean(stranger)) == body(7)


def test_an_authors_biography_is_learnt_from_three_articles():
    def bio(n: int) -> list[str]:
        return [f"{AUTHORS[n % 3]} keeps bees and has written about chapels since 1998."] if n % 3 == 1 else []

    articles = [page(n, bottom=bio(n) if n < 9 else []) for n in range(40)]
    (finding,) = learnt(articles)
    assert finding.articles == 3
    assert finding.rule.where == "end"


def test_lists_of_other_articles_go_with_their_heads_whatever_they_name():
    plain = [page(n) for n in range(40)]
    articles = [
        page(n, bottom=["More from the island", *(plain[(n * 7 + k) % 40].title for k in (1, 2, 3)), MEMBER])
        for n in range(40)
    ]
    assert_nothing_but_text_stays(articles)
    unseen = page(3, bottom=["More from the island", "A headline that nobody has read", "Another one", MEMBER])
    assert lines(cleaner(articles).clean(unseen)) == body(3)


def test_the_name_of_another_article_behind_a_label_goes_with_it():
    plain = [page(n) for n in range(40)]
    articles = [
        page(n, paragraphs=[*body(n)[:2], f"Read more: {plain[(n + 9) % 40].title}", *body(n)[2:]]) for n in range(40)
    ]
    assert_nothing_but_text_stays(articles)


def test_a_plug_in_the_middle_of_texts_is_learnt():
    articles = [page(n, paragraphs=[*body(n)[:2], PLUG, *body(n)[2:]]) for n in range(40)]
    assert_nothing_but_text_stays(articles)


def test_the_title_repeated_over_the_text_is_removed():
    plain = [page(n) for n in range(30)]
    assert_nothing_but_text_stays([page(n, [plain[n].title]) for n in range(30)])


def test_paragraphs_of_a_liveblog_kept_under_many_ids_are_text():
    shared = body(500, 12)
    blog = [page(n, paragraphs=[*body(n, 1), *shared]) for n in range(12)]
    assert_all_stays([*blog, *(page(n) for n in range(12, 60))])


def test_background_that_follow_ups_of_one_story_share_is_text():
    background = "The old lighthouse burnt down in March and nobody has said yet who pays for a new one."
    story = [
        f"Lighthouse blaze inquiry {word} warden insurers charred lantern" for word in "opens hears pauses".split()
    ]
    told = [page(n, paragraphs=[*(f"{one} {n}." for one in story), *body(n, 1), background]) for n in range(9)]
    assert_all_stays([*told, *(page(n) for n in range(9, 60))])


def test_short_lines_in_the_middle_and_headings_of_a_column_are_text():
    def interview(n: int) -> list[str]:
        first, second, third, fourth = body(n)
        return [first, "Yes.", second, "Method", third, "Serves 4", fourth]

    assert_all_stays([page(n, paragraphs=interview(n) if n % 4 == 0 else None) for n in range(60)])


def test_the_refrain_of_one_poem_is_text():
    poem = [line for verse in body(9) for line in (verse, "And the sea came in, and the sea came in.")]
    assert_all_stays([page(0, paragraphs=poem), *(page(n) for n in range(1, 40))])


def test_results_and_figures_that_reports_begin_with_are_text():
    articles = [page(n, [f"Shr {n} cts vs {n + 3} cts", f"Rovers {n % 5}, United {n % 4}"]) for n in range(40)]
    assert_all_stays(articles)


def test_pieces_of_lines_broken_for_a_printer_are_text():
    broken = ["The ferry company", "said."]
    assert_all_stays([page(n, bottom=broken if n % 8 == 0 else []) for n in range(64)])


def test_a_short_line_counts_only_where_it_was_learnt():
    articles = [page(n, ["Share"]) for n in range(30)]
    middle = page(40, paragraphs=[*body(40), "Share", *body(41)])
    assert cleaner(articles).clean(middle) is middle


def test_the_same_articles_teach_the_same_in_any_process_and_reading_them_changes_nothing():
    articles = [page(n, ["Share this"], [MEMBER]) for n in range(30)]
    assert learnt(articles) == learnt(articles)
    ids = [finding.rule.id for finding in learnt(articles)]
    script = (
        "from boilerplate_pages import page; from index.boilerplate import learn\n"
        f"articles = [page(n, ['Share this'], [{MEMBER!r}]) for n in range(30)]\n"
        "print(*(finding.rule.id for finding in learn(lambda: articles)))"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1])])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "4"}
    said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ids
    assert len(ids) == 2


def test_title_and_all_else_stay_and_an_article_without_furniture_is_itself():
    clean = cleaner([page(n, bottom=[MEMBER]) for n in range(30)])
    bare = page(50)
    assert clean.clean(bare) is bare
    one = page(51, bottom=[MEMBER], title=MEMBER)
    assert clean.clean(one).title == MEMBER
    assert clean.clean(one).url == one.url


def test_what_is_left_of_a_page_that_is_all_furniture_is_nothing():
    clean = cleaner([page(n, bottom=[MEMBER]) for n in range(30)])
    assert clean.clean(page(60, paragraphs=[MEMBER])).text == ""


def test_a_rule_for_all_hosts_holds_where_no_other_does():
    everywhere = Cleaner(RuleSet(1, (Rule("=the echo", host="*"), Rule("=contact", host=HOST))))
    assert everywhere.clean(page(1, ["The Echo"], ["Contact"])).text == "\n\n".join(body(1))
    other = page(1, ["The Echo"], ["Contact"], url="https://other.example/1")
    assert lines(everywhere.clean(other)) == [*body(1), "Contact"]


@given(st.lists(st.sampled_from(["", " ", MEMBER, "Text one.", "Text two.", "\t"]), max_size=12))
def test_cleaning_leaves_the_other_lines_in_their_order_and_twice_is_once(raw: list[str]):
    clean = Cleaner(RuleSet(1, (Rule(f"={MEMBER.lower()}", host=HOST),)))
    one = page(1, paragraphs=["\n".join(raw)])
    left = clean.clean(one)
    assert lines(left) == [line for line in lines(one) if line != MEMBER]
    assert clean.clean(left) is left
    assert NO_CLEANER.clean(one) is one


@given(st.lists(st.text(max_size=60), min_size=20, max_size=26))
def test_no_text_breaks_the_learning_or_the_cleaning(texts: list[str]):
    articles = [page(n, paragraphs=[text, text[:9]], title=f"On {text[:20]}") for n, text in enumerate(texts)]
    clean = cleaner(articles)
    for one in articles:
        assert len(clean.clean(one).text) <= len(one.text)


def test_sets_are_written_and_read_back_and_what_is_no_rule_is_refused():
    rules = (Rule("=a line", "line", "end", HOST), Rule("@photo: @", host="*"), Rule("=more", "list", items=3))
    made = RuleSet(7, rules)
    assert RuleSet.load(7, made.dump()).same(rules)
    with pytest.raises(ValueError, match="expected a rule"):
        RuleSet.load(1, b'[{"form": "=a", "kind": "curse"}]')
