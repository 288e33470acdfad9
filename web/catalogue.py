"""What the pages say, in Korean and English: one JSON file a language, the same keys in each.

Templates read a text with `_("key")`, scripts get the same texts as data in the page. A key with
`{name}` parts is filled in by whoever shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import orjson
from babel.support import NullTranslations

FOLDER = Path(__file__).parent / "locale"


@cache
def texts_in(language: str) -> Mapping[str, str]:
    """All texts in `ko` or `en`, by key; the same object every time, not to be changed."""
    texts: Mapping[str, str] = orjson.loads((FOLDER / f"{language}.json").read_bytes())
    return texts


class Texts(NullTranslations):
    """A catalogue as Jinja's i18n extension wants it; an unknown key is a KeyError."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._texts = texts_in(language)

    def gettext(self, message: str) -> str:
        """The text with this key."""
        return self._texts[message]

    ugettext = gettext
