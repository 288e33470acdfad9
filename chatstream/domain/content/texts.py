"""The text of a post, and what it may be."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chatstream.domain.messages import check_text
from chatstream.domain.visible_text import check_visible
from chatstream.errors import InvalidInput, Problem, UserError, invalid, problems_in

TITLE_LENGTH = 120
BODY_LENGTH = 20_000
TAGS = 10
TAG_LENGTH = 30
APPEAL_LENGTH = 500
NOTE_LENGTH = 500
_SIGNS = "#\uff03 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text as its author wrote it; the body is Markdown."""

    title: str
    body: str
    tags: tuple[str, ...] = ()

    def changed(self, title: str | None, body: str | None, tags: tuple[str, ...] | None) -> Draft:
        """With these parts; None stays as it is."""
        draft = self if title is None else replace(self, title=title)
        draft = draft if body is None else replace(draft, body=body)
        return draft if tags is None else replace(draft, tags=tags)


def check_title(text: object) -> str:
    """A title in NFC, of one line; INVALID_INPUT naming `title`."""
    title = _checked("title", text, TITLE_LENGTH)
    check_visible("title", title, lines=False)
    return title


def check_body(text: object) -> str:
    """A body in NFC; INVALID_INPUT naming `body`."""
    return _checked("body", text, BODY_LENGTH)


def check_tags(tags: Sequence[object]) -> tuple[str, ...]:
    """Tags in NFC without `#` before them, with one space between words, in their order.

    Those that differ by case or width alone are one, as the first was written.
    INVALID_INPUT naming `tags`, or the entry, as `tags.0`.
    """
    if len(tags) > TAGS:
        raise invalid("tags", "must have at most {most} entries", most=TAGS)
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for item, each in enumerate(tags):
        try:
            tag = _tag(f"tags.{item}", each)
        except UserError as error:
            problems += [replace(one, item=item) for one in problems_in(error)]
        else:
            found.setdefault(tag_key(tag), tag)
    if problems:
        raise InvalidInput(problems)
    return tuple(found.values())


def tag_key(tag: str) -> str:
    """By what a tag is found: the same for tags that differ by case or width alone.

    Compatibility forms, folded (https://www.unicode.org/versions/latest/, 3.13, R5 without what is
    ignored there: `check_tags` refuses what is not seen).
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", tag).casefold())


def check_draft(title: object, body: object, tags: Sequence[object]) -> Draft:
    """A whole text; see its parts."""
    return Draft(title=check_title(title), body=check_body(body), tags=check_tags(tags))


def check_appeal(text: object) -> str:
    """What an author says in an appeal, which may be nothing; INVALID_INPUT naming `text`."""
    return "" if text == "" else check_text("text", text, APPEAL_LENGTH)


def check_note(text: object) -> str:
    """Why an operator decides so; INVALID_INPUT naming `reason`."""
    return check_text("reason", text, NOTE_LENGTH)


def _tag(field: str, text: object) -> str:
    if isinstance(text, str):
        check_visible(field, text.strip() or "#", lines=False)
        text = " ".join(unicodedata.normalize("NFC", text).split()).lstrip(_SIGNS)
    return check_text(field, text, TAG_LENGTH)


def _checked(field: str, text: object, most: int) -> str:
    if isinstance(text, str):
        text = unicodedata.normalize("NFC", text)
    return check_text(field, text, most)
