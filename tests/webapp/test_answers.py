"""FAQ entries as HTML, and the words that decided."""

import pytest

from webapp.faq.answers import answer_html, line_html, marked


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a `b` *c* **d**", "<p>a <code>b</code> <em>c</em> <strong>d</strong></p>\n"),
        ("```js\nx < 1\n```", '<pre tabindex="0"><code>x &lt; 1\n</code></pre>\n'),
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
        ("Why is This so?", ["this"], "Why is <mark>This</mark> so?"),
        ("thistle", ["this"], "thistle"),
        ("a.b axb", ["a.b"], "<mark>a.b</mark> axb"),
        ("sort numbers", ["sort", "sort numbers"], "<mark>sort numbers</mark>"),
        ("<i>", ["i"], "&lt;<mark>i</mark>&gt;"),
        ("nothing", [], "nothing"),
        ("nothing", [""], "nothing"),
        ("=== or ==", ["==="], "<mark>===</mark> or =="),
    ],
)
def test_words_that_decided_are_marked(question, words, html):
    assert marked(question, words) == html
