"""Where an address of the web stands in a text: the address, and nothing of the text around it.

The rule for links on the page, for the links that the rules against abuse count, and for what is
no word; mirrored in `web/static/js/links.js`, both read `tests/texts/links.json` (ADR 0042). A host
is the one that a careful reader sees: ASCII, or Korean under a Korean or an ASCII top-level domain.
What a reader and a browser would understand differently is no address: a login before the host,
another script's letters or unseen characters within it, an escape, a number that a browser turns
into an IP address. Behind the host only ASCII belongs to the address, Hangul below a Korean host.
Linear in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from chatstream.domain.scripts import HANGUL, is_of_latin_word
from chatstream.domain.unseen import IN_ADDRESSES

_SCHEME = re.compile(r"(?ai)(?<![a-z0-9_])https?://")
_BEHIND = re.compile(r"(?ai)https?://")  # of an address that ends here

# What may be a host; a second address that begins without a space ends the first.
_LETTER = rf"(?:(?!https?://)[a-z0-9{HANGUL}])"
_LABEL = rf"{_LETTER}++(?:[_-]++{_LETTER}++)*+"
_RUN = re.compile(rf"(?ai){_LABEL}(?:\.{_LABEL})*+")
_SCHEME_OR_WWW = re.compile(
    rf"(?ai)(?<![a-z0-9_])(?:https?://|(?<![@.-])(?=www\.[a-z0-9{HANGUL}]))"
)
_IPV6 = re.compile(r"(?ai)\[[0-9a-f:.]+\]")
_HANGUL = re.compile(f"[{HANGUL}]")
# The top-level domains in Hangul: https://data.iana.org/TLD/tlds-alpha-by-domain.txt
_KOREAN_TLDS = "한국|닷컴|닷넷|삼성"
_KOREAN_TLD = f"{_KOREAN_TLDS}|{unicodedata.normalize('NFD', _KOREAN_TLDS)}"
_TLD = re.compile(rf"(?ai)(?:{_KOREAN_TLD}|[a-z]{{2,}}(?![a-z0-9_-]))")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = re.compile(rf"(?a){_OCTET}(?:\.{_OCTET}){{3}}")
_NUMBER_LAST = re.compile(r"(?ai)(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_NAME_LAST = re.compile(r"(?ai).*\.(?:[a-z]{2,}|xn--[a-z0-9-]+)|localhost")
_PORT = re.compile(r"(?ai):([0-9]{1,5})(?![a-z0-9])")
# Behind a host: the login that the host then is part of, and what a browser takes for nothing.
_LOGIN = re.compile(r"[A-Za-z0-9:%!$&*+=~._-]*@")
_GOES_ON = re.compile(rf"(?ai)[{IN_ADDRESSES}\uff0e]+[._-]*[a-z0-9]")

_ASCII_TAIL = re.compile(r"[/?#][!#-&(-;=?-\[\]-_a-~]*")
_KOREAN_TAIL = re.compile(rf"[/?#][!#-&(-;=?-\[\]-_a-~\u3131-\u318e{HANGUL}]*")
_BRACKET = re.compile(r"[()\[\]{}]")
_CLOSES = {")": "(", "]": "[", "}": "{"}
_ENDS_A_SENTENCE = ".,;:!?*~|"


@dataclass(frozen=True, slots=True)
class Address:
    """`text[start:end]` is an address of `host`; `path` is what stands behind host and port."""

    start: int
    end: int
    host: str
    path: str


def addresses(text: str, *, without_scheme: bool = False) -> Iterator[Address]:
    """The addresses in order; with `without_scheme` also those that begin with `www.`."""
    begins = _SCHEME_OR_WWW if without_scheme else _SCHEME
    begin = begins.search(text)
    while begin is not None:
        found = address_at(text, begin.start(), begin.end())
        if found is not None:
            yield found
        if found is None:
            begin = begins.search(text, max(begin.end(), begin.start() + 1))
        else:
            begin = _BEHIND.match(text, found.end) or begins.search(text, found.end)


def address_at(text: str, start: int, at: int) -> Address | None:
    """The address that begins at `start` and whose host begins at `at`; None when none does."""
    host_end = _host_end(text, at)
    if host_end is None:
        return None
    port = _PORT.match(text, host_end)
    behind = port.end() if port is not None and int(port[1]) < 65536 else host_end
    host = text[at:host_end]
    end = _tail_end(text, behind, is_korean=_HANGUL.search(host) is not None)
    return Address(start, end, host, text[behind:end])


# -- the host --------------------------------------------------------------------------------


def _host_end(text: str, at: int) -> int | None:
    run = _RUN.match(text, at)
    if run is None:
        literal = _IPV6.match(text, at)
        return None if literal is None or _LOGIN.match(text, literal.end()) else literal.end()
    is_korean = _HANGUL.search(run[0]) is not None
    length = _korean_length(run[0]) if is_korean else len(run[0])
    if not length:
        return None
    host, end = run[0][:length], at + length
    if _NUMBER_LAST.fullmatch(host) and not _IPV4.fullmatch(host):
        return None
    return end if _may_end(text, end, host) else None


def _may_end(text: str, end: int, host: str) -> bool:
    """Whether a reader and a browser agree that the host ends here."""
    after = text[end : end + 1]
    if after == "%" or _LOGIN.match(text, end) or _GOES_ON.match(text, end):
        return False
    if after.isascii() or (after.isspace() and after != "\x85"):
        return True
    return not is_of_latin_word(after) and _stands_alone(host)


def _stands_alone(host: str) -> bool:
    """Whether it is a host without what follows: not the `n` of a name in two scripts."""
    is_korean = _HANGUL.search(host) is not None
    return is_korean or bool(_NAME_LAST.fullmatch(host) or _IPV4.fullmatch(host))


def _korean_length(run: str) -> int:
    """How much of a run with Hangul in it is the host: all, or what is before a particle; 0: none.

    `kt인터넷.한국` is one name, `naver.com입니다` is not; of `naver.com을.kr` nobody can tell.
    """
    before = run[: len(run) - len(_HANGUL.split(run, maxsplit=1)[1]) - 1]
    ascii_host = before.rstrip("._-")
    ascii_length = len(ascii_host) if _stands_alone(ascii_host) else 0
    sticks = before != "" and not before.endswith(".")
    label = run.rfind(".") + 1
    tld = _TLD.match(run, label) if label else None
    if tld is None or (sticks and label <= len(before)):
        return ascii_length
    has_particle = label == len(before) and tld.end() < len(run)
    is_host_already = _NAME_LAST.fullmatch(_without_www(ascii_host)) is not None
    return 0 if is_host_already and (sticks or has_particle) else tld.end()


def _without_www(host: str) -> str:
    return host[4:] if host[:4].lower() == "www." else host


# -- what stands behind it -------------------------------------------------------------------


def _tail_end(text: str, at: int, *, is_korean: bool) -> int:
    """Where path, query and fragment end: before a bracket without its pair, and before signs."""
    tail = (_KOREAN_TAIL if is_korean else _ASCII_TAIL).match(text, at)
    if tail is None:
        return at
    end = at + _paired(tail[0])
    while end > at and text[end - 1] in _ENDS_A_SENTENCE:
        end -= 1
    return end


def _paired(tail: str) -> int:
    """How much of it is before the first bracket that is never closed, or was never opened."""
    opened: list[tuple[str, int]] = []
    for bracket in _BRACKET.finditer(tail):
        opens = _CLOSES.get(bracket[0])
        if opens is None:
            opened.append((bracket[0], bracket.start()))
        elif opened and opened[-1][0] == opens:
            opened.pop()
        else:
            return opened[0][1] if opened else bracket.start()
    return opened[0][1] if opened else len(tail)
