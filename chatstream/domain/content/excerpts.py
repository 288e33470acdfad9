"""Where a found post shows what was looked for: its title marked, and a piece of its body.

Marks are private-use characters and no markup: whoever shows the text escapes it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chatstream.domain.folding import fold, fold_with_spans
from chatstream.domain.search_queries import found_in

BEGIN, END = "\ue000", "\ue001"
LENGTH = 200
"""About so many characters of a body are shown."""

_BEFORE = 60
_NO_MARKS = str.maketrans("", "", BEGIN + END)
# A body is looked through piece by piece, since folding is what costs; no word is cut by a piece.
_PIECE = re.compile(r"\S(?:.{0,399}(?=\s|\Z)|\S*)", re.DOTALL)


def marked(text: str, words: Sequence[str], other: Sequence[str] = ()) -> str:
    """The text with every word marked; where it has none, with the `other` ones.

    Without marks when it has such characters itself.
    """
    plain = text.translate(_NO_MARKS)
    if plain != text:
        return plain
    folded = fold_with_spans(text)
    found = [span for word in words for span in found_in(folded.text, word)]
    if not found:
        found = [span for word in other for span in found_in(folded.text, word)]
    parts, at = [], 0
    for begin, end in folded.typed(found):
        parts += [text[at:begin], BEGIN, text[begin:end], END]
        at = end
    return "".join([*parts, text[at:]])


def excerpt(body: str, words: Sequence[str], other: Sequence[str] = ()) -> str:
    """The first piece of the body that has one of the words, marked; empty when none has.

    `other` are what else may have led to it, such as the stem of a Korean word.
    """
    for looked_for in (words, other):
        for piece in _pieces(body):
            text = fold(piece)
            if any(found_in(text, word) for word in looked_for):
                return _cut(marked(piece, looked_for))
    return ""


def _pieces(body: str) -> Iterator[str]:
    return (found[0] for found in _PIECE.finditer(body))


def _cut(text: str) -> str:
    """A part around the first mark; no mark is left open."""
    first = text.find(BEGIN)
    if first < 0 or len(text) <= LENGTH:
        return text
    start = max(0, first - _BEFORE)
    part = text[start : start + LENGTH]
    if part.count(BEGIN) > part.count(END):
        part += END
    return f"{'…' if start else ''}{part}{'…' if start + LENGTH < len(text) else ''}"
