"""FAQ entries as HTML, and the words that decided."""

import re

import pytest

from scoring.contract.faq import Match, Matches, Word
from scoring.contract.receipt import Receipt
from webapp.faq.answers import answer_html, line_html, marked, presented

CLOSED_IN_CODE = '<pre tabindex="0"><code><span class="s1">\'&lt;/span&gt;&lt;script&gt;\'</span>\n</code></pre>\n'


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a `b` *c* **d**", "<p>a <code>b</code> <em>c</em> <strong>d</strong></p>\n"),
        ("```\nx < 1\n```", '<pre tabindex="0"><code>x &lt; 1\n</code></pre>\n'),
        (
            "```js\nlet x = 1\n```",
            '<pre tabindex="0"><code><span class="kd">let</span><span class="w"> </span><span class="nx">x</span>'
            '<span class="w"> </span><span class="o">=</span><span class="w"> </span><span class="mf">1</span>\n'
            "</code></pre>\n",
        ),
        ("```no-such-language\n<b>\n```", '<pre tabindex="0"><code>&lt;b&gt;\n</code></pre>\n'),
        ("```js\n'</span><script>'\n```", CLOSED_IN_CODE),
        ("<script>x()</script>", "<p>&lt;script&gt;x()&lt;/script&gt;</p>\n"),
        ("<b onclick=x()>y</b>", "<p>&lt;b onclick=x()&gt;y&lt;/b&gt;</p>\n"),
        ("[a](javascript:x())", "<p>[a](javascript:x())</p>\n"),
        ("[a](https://b.example/)", '<p><a href="https://b.example/" rel="noopener noreferrer">a</a></p>\n'),
        ("[a](data:text/html,x)", "<p>[a](data:text/html,x)</p>\n"),
        ("# Title", "Title\n"),
    ],
)
def test_answers(markdown, html):
    assert answer_html(markdown) == html


def test_an_image_loads_nothing():
    assert "<img" not in answer_html("![a](https://b.example/c.png)")


def test_a_question_is_one_line():
    assert line_html("What is `x` [for](https://b.example/)?") == "What is <code>x</code> for?"


@pytest.mark.parametrize(
    ("question", "words", "html"),
    [
        ("Why is This so?", {"this": 0.5}, "Why is <4>This</4> so?"),
        ("thistle", {"this": 0.5}, "thistle"),
        ("a.b axb", {"a.b": 0.5}, "<4>a.b</4> axb"),
        ("sort numbers", {"sort": 0.5, "sort numbers": 0.5}, "<4>sort numbers</4>"),
        ("<i>", {"i": 0.5}, "&lt;<4>i</4>&gt;"),
        ("nothing", {}, "nothing"),
        ("nothing", {"": 0.5}, "nothing"),
        ("nothing weighs", {"nothing": 0.0}, "nothing weighs"),
        ("=== or ==", {"===": 0.5}, "<4>===</4> or =="),
        (
            "a b c d e",
            {"a": 0.8, "b": 0.5, "c": 0.4, "d": 0.2, "e": 0.01},
            "<4>a</4> <3>b</3> <2>c</2> <1>d</1> <1>e</1>",
        ),
    ],
)
def test_words_that_decided_are_marked_by_their_weight(question, words, html):
    shown = marked(question, [Word(text, weight) for text, weight in words.items()])
    levels = re.sub(r'<mark class="w(\d)" title="[^"]+">(.*?)</mark>', r"<\1>\2</\1>", shown)
    assert levels == html


def test_a_mark_says_its_share():
    assert marked("why?", [Word("why", 0.314)]) == '<mark class="w4" title="31\N{NO-BREAK SPACE}%">why</mark>?'


def test_an_answer_shows_the_best_and_no_match_the_nearest_three():
    rows = tuple(Match(f"id-{n}", f"Q{n}", "A", 0.9 / n, ()) for n in range(1, 6))
    receipt = Receipt("m", "1", "pod", 0.0, 0.0, 1.0)
    for answered, nearest in ((True, 1), (False, 3)):
        found = presented("why", Matches(rows, answered, 0.5, receipt))
        assert ([row["question"] for row in found["nearest"]], len(found["others"])) == (
            [f"Q{n}" for n in range(1, nearest + 1)],
            5 - nearest,
        )
