"""Signs that show nothing: one table, and which of them each reader of texts means.

What people may *write* is judged by all that Unicode knows (`unicode_ranges.DEFAULT_IGNORABLE`, in
`visible_text`). The sets here are for texts as they are, also of before that rule: they name what
is met between letters, and differ by what becomes of it. Strings are the inside of a regular
expression's `[…]`.
"""

from __future__ import annotations

# Soft hyphen, grapheme joiner, zero-width space, word joiner, invisible operators, byte order mark.
_NOTHING = "\u00ad\u034f\u200b\u2060-\u2064\ufeff"
_MONGOLIAN_SELECTORS = "\u180b-\u180f"
_SELECTORS = "\ufe00-\ufe0f"
_JOINERS = "\u200c\u200d"
# Marks, embeddings, overrides and isolates of direction.
_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_DEPRECATED = "\u206a-\u206f"
_FILLERS = "\u115f\u1160\u3164\uffa0"
_EMPTY_BRAILLE = "\u2800"

IN_ADDRESSES = _NOTHING + _MONGOLIAN_SELECTORS + _JOINERS + _SELECTORS
"""What a browser drops from a host, so that the host goes on behind it; not the direction, at which
it refuses the host. Mirrored in `web/static/js/scripts.js`."""

BETWEEN_LETTERS = IN_ADDRESSES + _DIRECTIONS
"""What is passed over to find the character that is seen before a place."""

IN_WORDS = _NOTHING + _MONGOLIAN_SELECTORS + _DIRECTIONS + _DEPRECATED
"""What is no part of a counted word. Joiners and selectors are, in an emoji."""

BEHIND_LETTERS = _JOINERS + _SELECTORS
"""What is no part of a counted word where it stands behind a letter."""

FOLDED = _MONGOLIAN_SELECTORS + _SELECTORS + "\U000e0100-\U000e01ef"
"""What is folded away for finding besides Unicode's format characters (Cf): selectors, which are
marks to Unicode, also those of ideographs."""

LETTERS_OF_NOTHING = frozenset(_FILLERS + _EMPTY_BRAILLE)
"""Letters and symbols to Unicode that show nothing: no letters where texts are found or judged."""

TYPED_AS_SPACES = frozenset("\u3164\uffa0" + _EMPTY_BRAILLE)
"""Those of them that people type for a space between words; the other two stand in syllables."""
