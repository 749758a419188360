"""HTML becomes the words a model reads, and the Markdown a page shows."""

import pytest

from scoring.faq.sources.markup import markdown, plain_text

BANNER = """<blockquote>
  <p><strong>Possible Duplicates:</strong><br>
  <a href="https://x.org/1">Moss in the lawn</a><br><a href="https://x.org/2">Green lawn</a></p>
</blockquote>

<p>My lawn is green.</p>"""


def test_words_are_kept_and_code_blocks_and_bare_addresses_are_not() -> None:
    html = (
        "<p>Why&nbsp;is <code>x &lt; 1</code> so?</p><pre class='lang-js'><code>secret()</code></pre>"
        '<p>See <a href="http://a.b">http://a.b/c</a> or <a href="http://a.b">this page</a>.<script>x()</script></p>'
    )
    assert plain_text(html) == ("Why is x < 1 so? See or this page.", 0)


@pytest.mark.parametrize(
    ("html", "words", "banners"),
    [
        (BANNER, "My lawn is green.", 1),
        ("<p><b>Possible Duplicate:</b> <a href='/1'>Moss</a></p><p>Mine</p>", "Mine", 1),
        ("<blockquote><p>This question already has answers here:</p><p>Moss</p></blockquote>Mine", "Mine", 1),
        ("<blockquote><p>It may be a possible duplicate</p></blockquote>", "It may be a possible duplicate", 0),
    ],
)
def test_a_banner_goes_with_its_whole_quote(html: str, words: str, banners: int) -> None:
    assert plain_text(html) == (words, banners)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a <strong>b </strong>c <em>d</em></p>", "a **b** c *d*"),
        ("<p>2*3 _x_ my_var `t` &lt;b&gt; &amp;lt;</p>", "2\\*3 \\_x\\_ my_var \\`t\\` \\<b> \\&lt;"),
        ("<p>1. one</p><p># two</p><p>- three</p>", "1\\. one\n\n\\# two\n\n\\- three"),
        ("<p>a<br>b</p>", "a  \nb"),
        ("<h2>Head</h2><hr>", "## Head\n\n---"),
        ("<ul><li>a</li>\n<li><p>b</p><p>c</p></li></ul>", "- a\n- b\n\n  c"),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n\n   - b\n2. c"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
        ("<pre><code class='language-py'>if x:\n\n\n    y\n</code></pre>", "```py\nif x:\n\n\n    y\n```"),
        ("<pre>```\n</pre>", "````\n```\n````"),
        ("<code>a`b</code>", "`` a`b ``"),
        ('<a href="https://x.org/a_(b)">w</a>', "[w](<https://x.org/a_(b)>)"),
        ('<a href="javascript:x()">w</a><img src="data:x" alt="pic">', "wpic"),
        ("<script>x()</script><style>y</style>z", "z"),
        ("a</p></div>b<p>c", "ab\n\nc"),
        ("<![n]>a\0", "a"),
    ],
)
def test_markdown_says_what_the_html_said(html: str, expected: str) -> None:
    assert markdown(html) == expected
