"""Markdown as people write posts in it, and the HTML that it becomes.

Two libraries that know nothing of each other stand in a row: the parser takes no HTML, and what it
gives is cut down to a list of elements and attributes by the sanitiser. So nothing of a body is
ever markup of its own, and nothing is loaded from elsewhere: a picture becomes a link to it.

It is CommonMark with ~~struck text~~, lines that end where they were ended, and addresses that are
links as they are in messages, without the particle behind them. It is without two things that let a
short body become a long page: links by reference repeat an address at each mention, and tables fill
up rows that were not written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, image, link
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from chatstream.domain.addresses import addresses

SCHEMES = frozenset({"http", "https"})
REL = "nofollow noopener ugc"
_TOP = 2
"""The level of the highest heading: the page's own is the title."""
_LOWEST = 6
_LINKS = 500
"""So many brackets and addresses may be tried as a link: each bracket is read on to its end."""
_TRIED = "links"
_BEGINS = "[!"

_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "s", "a"),
        *("h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
    },
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel=REL,
)


class _Renderer(RendererHTML):
    """Pictures are links, headings begin below the page's own."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        """A link to the picture, under its description; in a link its description alone."""
        token = tokens[idx]
        text = self.renderInlineAsText(token.children, options, env)
        if _is_in_link(tokens, idx):
            return escape(text)
        address = str(token.attrGet("src") or "")
        return f'<a href="{escape(address)}">{escape(text or address)}</a>'

    def heading_open(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """One level lower than it was written."""
        return f"<{_lowered(tokens[idx])}>"

    def heading_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        """As it was opened."""
        return f"</{_lowered(tokens[idx])}>\n"


def html_of(body: str) -> str:
    """The HTML of a post's body: safe to put into a page as it is."""
    return _CLEANER.clean(_PARSER.render(body))


def text_of(body: str, most: int) -> str:
    """The first `most` characters of what a body says, in one line, without its marks."""
    found: list[str] = []
    left = most + 1
    for token in _PARSER.parse(body):
        said = " ".join(_said(token).split())
        if said and left > 0:
            found.append(said[:left])
            left -= len(said) + 1
    text = " ".join(found)
    return text if len(text) <= most else text[:most].rstrip() + "…"


def is_linked(address: str) -> bool:
    """Whether a post may link it: a site by its name, without a login in it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    has_login = parts.username is not None or parts.password is not None
    return parts.scheme.lower() in SCHEMES and bool(parts.hostname) and not has_login


def _said(token: Token) -> str:
    if token.type in ("fence", "code_block"):
        return token.content
    return "".join(map(_inline, token.children or ()))


def _inline(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content


def _is_in_link(tokens: Sequence[Token], idx: int) -> bool:
    opened = sum(each.type == "link_open" for each in tokens[:idx])
    return opened > sum(each.type == "link_close" for each in tokens[:idx])


def _lowered(token: Token) -> str:
    return f"h{min(int(token.tag[1:]) + _TOP - 1, _LOWEST)}"


def _bounded(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    """The rule, until it was tried too often in one body."""

    def tried(state: StateInline, silent: bool) -> bool:
        return state.src[state.pos] in _BEGINS and _may_try(state.env) and rule(state, silent)

    return tried


def _may_try(env: EnvType) -> bool:
    env[_TRIED] = env.get(_TRIED, 0) + 1
    return int(env[_TRIED]) <= _LINKS


def _link_addresses(state: StateCore) -> None:
    """Make links of the addresses that stand in the text, outside of links and code."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = [*_linked(state, token.children)]


def _linked(state: StateCore, tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        depth += (token.type == "link_open") - (token.type == "link_close")
        if token.type == "text" and not depth:
            yield from _parted(state, token.content)
        else:
            yield token


def _parted(state: StateCore, text: str) -> Iterator[Token]:
    rest = 0
    for found in addresses(text):
        address = text[found.start : found.end]
        if is_linked(address) and _may_try(state.env):
            yield Token("text", "", 0, content=text[rest : found.start])
            yield Token("link_open", "a", 1, attrs={"href": state.md.normalizeLink(address)})
            yield Token("text", "", 0, content=address)
            yield Token("link_close", "a", -1)
            rest = found.end
    yield Token("text", "", 0, content=text[rest:])


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    parser.enable("strikethrough").disable("reference")
    parser.inline.ruler.at("link", _bounded(link))
    parser.inline.ruler.at("image", _bounded(image))
    parser.core.ruler.push("addresses", _link_addresses)
    parser.validateLink = is_linked  # type: ignore[method-assign,assignment]  # the library's way
    return parser


_PARSER = _parser()
