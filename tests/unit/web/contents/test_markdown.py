"""Bodies as HTML: what Markdown becomes, and that nothing else ever gets into a page."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.contents.markdown import REL, html_of, is_linked, text_of

ELEMENTS = {
    *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a"),
    *("h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
}
LONGEST = 20_000


class Seen(HTMLParser):
    """The elements and attributes of a page, as a browser finds them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.others: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)


def check_safe(html: str) -> None:
    """Nothing but the listed elements; links go to sites and say what they are."""
    seen = Seen(html)
    assert seen.elements <= ELEMENTS
    assert seen.others == []
    for tag, name, value in seen.attributes:
        assert (tag, name) in {("a", "href"), ("a", "title"), ("a", "rel"), ("ol", "start")}
        if name == "href":
            assert re.match(r"https?://[^/@\s]", value or ""), value
        if name == "rel":
            assert value == REL


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("# 제목\n###### six", "<h2>제목</h2>\n<h6>six</h6>\n"),
        ("one\ntwo\n\nthree", "<p>one<br>\ntwo</p>\n<p>three</p>\n"),
        (
            "**b** *i* ~~s~~ `c<d`",
            "<p><strong>b</strong> <em>i</em> <s>s</s> <code>c&lt;d</code></p>\n",
        ),
        ("3. c\n4. d", '<ol start="3">\n<li>c</li>\n<li>d</li>\n</ol>\n'),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>\n"),
        ("```python\nx\n```", "<pre><code>x\n</code></pre>\n"),
        (
            "[말](https://a.example/x?y=1&z '\"it\"')",
            '<p><a href="https://a.example/x?y=1&amp;z" title="&quot;it&quot;" '
            f'rel="{REL}">말</a></p>\n',
        ),
        (
            "![a cat](http://a.example/c.png)",
            f'<p><a href="http://a.example/c.png" rel="{REL}">a cat</a></p>\n',
        ),
        (
            "![](http://a.example/c.png)",
            f'<p><a href="http://a.example/c.png" rel="{REL}">http://a.example/c.png</a></p>\n',
        ),
        (
            "[![a cat](http://a.example/c.png) and](http://b.example)",
            f'<p><a href="http://b.example" rel="{REL}">a cat and</a></p>\n',
        ),
        (
            "[a]: http://a.example\n\n[a]",
            f'<p>[a]: <a href="http://a.example" rel="{REL}">http://a.example</a></p>\n<p>[a]</p>\n',
        ),
        ("|a|\n|-|\n|b|", "<p>|a|<br>\n|-|<br>\n|b|</p>\n"),
    ],
)
def test_markdown_becomes_what_it_says(body: str, html: str) -> None:
    assert html_of(body) == html


@pytest.mark.parametrize(
    ("body", "linked", "behind"),
    [
        ("https://a.kr에서 봤어요", "https://a.kr", "에서 봤어요"),
        ("https://a.kr/b_c_d?e=1&f.", "https://a.kr/b_c_d?e=1&f", "."),
        ("https://a.kr/b)을", "https://a.kr/b", ")을"),
        ("http://한글.한국을 보세요", "http://한글.한국", "을 보세요"),
    ],
)
def test_an_address_is_a_link_without_the_particle_behind_it(
    body: str, linked: str, behind: str
) -> None:
    html = html_of(f"보기: {body}")
    match = re.fullmatch(rf'<p>보기: <a href="([^"]+)" rel="{REL}">([^<]+)</a>([^<]*)</p>\n', html)
    assert match is not None, html
    address, text, rest = match.groups()
    assert (unescape(text), unescape(rest)) == (linked, behind)
    assert is_linked(unescape(address))
    check_safe(html)


@pytest.mark.parametrize(
    "body",
    [
        "`https://a.kr`",
        "```\nhttps://a.kr\n```",
        "https://user:password@a.kr",
        "javascript://a.kr/%0aalert(1) vbscript:x data:text/html,x //a.kr a.kr",
    ],
)
def test_code_logins_and_other_schemes_are_no_links(body: str) -> None:
    assert "<a" not in html_of(body)


def test_an_address_in_a_link_belongs_to_it() -> None:
    html = html_of("[https://a.kr](https://b.kr) ![https://c.kr](https://d.kr)")
    assert re.findall(r'href="([^"]+)"', html) == ["https://b.kr", "https://d.kr"]


@pytest.mark.parametrize(
    "body",
    [
        *("```\n**still open", "~~~\n<script>x</script>", "`open <b>"),
        *("> " * 1_000 + "deep", "- " * 1_000 + "deep", "1. " * 1_000 + "deep"),
        "".join(f"{'  ' * depth}- {depth}\n" for depth in range(99)) * 2,
        *("가" * LONGEST, "*" * 4_000, "🙂" * LONGEST, "http://a.b " * (LONGEST // 11)),
    ],
)
def test_what_is_unfinished_deep_or_long_is_shown(body: str) -> None:
    html = html_of(body)
    check_safe(html)
    assert html.strip()
    assert len(html) <= 15 * LONGEST


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<style>*{display:none}</style>",
        "<a href='javascript:alert(1)'>x</a>",
        "<!-- x --> <?php x ?> <![CDATA[x]]> <!DOCTYPE html>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x) [x](file:///etc/passwd) [x](//evil.example) [x](/user/logout) [x](#main)",
        "![x](javascript:alert(1)) ![x](data:image/svg+xml,<svg onload=alert(1)>)",
        "<javascript:alert(1)> <mailto:a@b.example> <a@b.example>",
        '[x](http://a.example/" onmouseover="alert(1))',
        '[x](http://a.example "t" onclick=alert(1))',
        '![" onload="alert(1)](http://a.example)',
        '[x](<http://a.example/"><script>alert(1)</script>>)',
        "[x](http://user:password@evil.example) [x](http://a.example@evil.example)",
        '```"><script>alert(1)</script>\nx\n```',
        "`<script>` \\<script> &lt;script&gt; &#60;script&#62;",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--><img onerror=alert(1)>'>",
        "[<img src=x onerror=alert(1)>](http://a.example)",
        "a\u0000b \ud7ff \ufffe",
    ],
)
def test_nothing_else_gets_into_a_page(body: str) -> None:
    check_safe(html_of(body))


BITS = st.sampled_from(
    [
        *"[]()!<>\"'`*_~#>-+.:/\\&; \n\t",
        *(
            "http://",
            "javascript:",
            "//",
            "&#x6a;",
            "&lt;",
            "<script>",
            "</p>",
            "<!--",
            "-->",
            "```\n",
        ),
        *("on", "href=", "가", "\u200b", "\u202e", "x", "1. ", "    "),
    ]
)


@given(st.lists(BITS, max_size=60).map("".join))
def test_whatever_is_written_the_page_stays_safe(body: str) -> None:
    check_safe(html_of(body))
    assert "\n" not in text_of(body, 100)
    assert len(text_of(body, 100)) <= 101


@pytest.mark.parametrize(
    "bit",
    [
        *("![](", "[", "> ", "- ", "*_", "~~a", "[a]: http://a.example/long\n[a] "),
        *("|a", "```\n", "http://a.b "),
    ],
)
def test_no_body_becomes_a_page_of_another_size(bit: str) -> None:
    html = html_of((bit * LONGEST)[:LONGEST])
    assert len(html) <= 15 * LONGEST
    assert html.count("<blockquote>") <= 20


def test_links_beyond_a_number_stay_as_they_are_written() -> None:
    html = html_of("[a](http://a.example) " * 600)
    assert 100 < html.count("<a ") <= 500
    assert html.rstrip().endswith("[a](http://a.example)</p>")


@pytest.mark.parametrize(
    ("body", "most", "text"),
    [
        ("# 제목\n\n오늘은 **좋은** 날\n이에요.", 100, "제목 오늘은 좋은 날 이에요."),
        ("[a link](http://a.example) ![a cat](http://b.example)", 100, "a link a cat"),
        ("```\nx = 1\n```\n> said", 100, "x = 1 said"),
        ("one two three", 7, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two", 7, "one two"),
        ("", 7, ""),
    ],
)
def test_what_a_body_says_in_one_line(body: str, most: int, text: str) -> None:
    assert text_of(body, most) == text


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://a.example/x", True),
        ("HTTP://a.example", True),
        ("http://[::1]:80/", True),
        ("ftp://a.example", False),
        ("http:///x", False),
        ("http://u@a.example", False),
        ("http://[x", False),
        ("/x", False),
        ("", False),
    ],
)
def test_sites_are_linked_by_their_name(address: str, may: bool) -> None:
    assert is_linked(address) == may
