"""Who is named in a text: `@` at the start of a word, and a handle behind it.

The one rule for who a message mentions and for what the page marks; mirrored in
`web/static/js/named.js`, both read `tests/texts/mentions.json` (ADR 0042). A word may begin right
behind a Korean, Chinese or Japanese letter, and end right before one (`안녕@minsu님`); within
an address nobody is named. The sign may be full width, the letters in any case.

A handle ends with a letter or a digit: signs behind it are the sentence's. Accounts from before
that rule may end with `.`, `_` or `-`; such a one is named by its whole handle, where no member
has the handle without the signs. So a name is one handle or several, and the first that there is
counts.
Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chatstream.domain.addresses import addresses
from chatstream.domain.scripts import is_of_latin_word, seen_before

NAMES = 100
"""Names of one text that are looked up at most; of the members they name MENTIONS count."""

LONGEST = 40
_SIGN = re.compile("[@\uff20]")
_HANDLE = re.compile(r"(?a)[A-Za-z][A-Za-z0-9._-]*")
# Signs of addresses and of paths, before which no word has ended.
_WITHIN = frozenset("@\uff20_/\\%&=+#$")


@dataclass(frozen=True, slots=True)
class Name:
    """A name whose sign stands at `start`: the handles it may be, the first that exists counts.

    Each is the one before with one more of the signs that follow it in the text.
    """

    start: int
    handles: tuple[str, ...]


def names(text: str) -> Iterator[Name]:
    """The names in a text, in order, also those that nobody has."""
    if _SIGN.search(text) is None:
        return
    done = 0
    for address in addresses(text):
        yield from _names(text, done, address.start)
        done = address.end
    yield from _names(text, done, len(text))


def named(text: str) -> tuple[tuple[str, ...], ...]:
    """The handles of each different name, in order, at most NAMES of them."""
    found: dict[tuple[str, ...], None] = {}
    for name in names(text):
        found[name.handles] = None
        if len(found) == NAMES:
            break
    return tuple(found)


def _names(text: str, start: int, end: int) -> Iterator[Name]:
    for sign in _SIGN.finditer(text, start, end):
        run = _HANDLE.match(text, sign.end(), end)
        if run is None or not _begins_word(text, sign.start()) or _goes_on(text, run.end()):
            continue
        if handles := _handles(run[0].lower()):
            yield Name(sign.start(), handles)


def _begins_word(text: str, at: int) -> bool:
    before = seen_before(text, at)
    return before == "" or not (before in _WITHIN or is_of_latin_word(before))


def _goes_on(text: str, at: int) -> bool:
    """Whether the handle is only the beginning of what stands there: `@minsú`, `@me@site`."""
    after = text[at : at + 1]
    if after == "":
        return False
    return after in "@\uff20" or is_of_latin_word(after) or text.startswith("://", at)


def _handles(run: str) -> tuple[str, ...]:
    bare = len(run.rstrip("._-"))
    lengths = range(max(bare, 3), min(len(run), LONGEST) + 1)
    return tuple(run[:length] for length in lengths)
