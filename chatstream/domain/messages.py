"""What a message may be, and who may change it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.domain.visible_text import check_visible
from chatstream.errors import ErrorCode, InvalidInput, Problem, invalid

MESSAGE_LENGTH = 4000
MENTIONS = 20
CHANGEABLE = timedelta(hours=24)
_HANDLE = re.compile(r"[a-z][a-z0-9._-]{2,39}", re.ASCII)
_CANONICAL = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def check_message(text: object) -> str:
    """The text of a message, as it is; raises like `check_text`."""
    return check_text("message", text, MESSAGE_LENGTH)


def check_text(field: str, text: object, most: int) -> str:
    """A text that people are shown, as it is; INVALID_INPUT naming the field.

    It may not be empty, longer than `most` Unicode code points, or against `visible_text`'s rule.
    NUL and lone surrogates cannot be stored as UTF-8 text.
    """
    if not isinstance(text, str):
        raise invalid(field, "must be a text")
    if not text.strip():
        raise invalid(field, "must not be empty")
    if len(text) > most:
        raise invalid(field, "must have at most {most} characters", most=most)
    if not is_storable(text):
        raise invalid(field, "must not contain NUL or lone surrogates")
    check_visible(field, text, lines=True)
    return text


def is_storable(text: str) -> bool:
    """False for a text with NUL or lone surrogates: Postgres takes neither."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_uuid(field: str, text: object) -> str:
    """A UUID in its canonical lower-case form; INVALID_INPUT naming the field otherwise."""
    if isinstance(text, str):
        if _CANONICAL.fullmatch(text):
            return text
        try:
            return str(UUID(text))
        except ValueError:
            pass
    raise invalid(field, "must be a UUID")


def check_mentions(handles: Sequence[object]) -> tuple[str, ...]:
    """The handles, each once, in order; INVALID_INPUT when they are too many or no handles."""
    if len(handles) > MENTIONS:
        raise invalid("mentions", "must have at most {most} entries", most=MENTIONS)
    wrong = [
        Problem(f"mentions.{item}", "must be a user ID", item=item, text=str(each))
        for item, each in enumerate(handles)
        if not (isinstance(each, str) and _HANDLE.fullmatch(each))
    ]
    if wrong:
        raise InvalidInput(wrong)
    return tuple(dict.fromkeys(map(str, handles)))


# -- changes ---------------------------------------------------------------------------------


@dataclass(slots=True)
class MessageToChange:
    """A stored message as its change is judged by: `text` is None once it is deleted."""

    seq: int
    account_id: str
    text: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How its author stands to the room of a change, whatever the message is."""

    is_erased: bool
    is_there: bool
    is_member: bool
    is_muted: bool


def refuse_author(standing: Standing) -> Refuse | None:
    """Why not even a repeat is answered: it would name who is erased, or a room that is gone."""
    if standing.is_erased:
        return Refuse(ErrorCode.NOT_AUTHENTICATED, "the account is erased")
    if not standing.is_there:
        return Refuse(ErrorCode.ROOM_NOT_FOUND, "there is no such room")
    return None


def decide_revision(
    said: MessageToChange | None,
    account_id: str,
    text: str | None,
    standing: Standing,
    *,
    is_refused: bool,
    now: datetime,
) -> Decision[str | None]:
    """`decide_change`, then the rules against abuse: who is muted deletes, and edits nothing."""
    decision = decide_change(said, account_id, text, is_member=standing.is_member, now=now)
    if isinstance(decision, Accept) and (is_refused or (standing.is_muted and text is not None)):
        return Refuse(ErrorCode.MESSAGE_REFUSED)
    return decision


def decide_change(
    said: MessageToChange | None,
    account_id: str,
    text: str | None,
    *,
    is_member: bool,
    now: datetime,
) -> Decision[str | None]:
    """Judge a wish that a message becomes `text` (None: deleted): own ones only, for a day.

    What is so already is answered at any age, so that a repeat never fails for being late.
    """
    if not is_member:
        return Refuse(ErrorCode.NOT_A_MEMBER, "the account is not a member of the room")
    if said is None:
        return Refuse(ErrorCode.MESSAGE_NOT_FOUND, "there is no such message")
    if said.account_id != account_id:
        return Refuse(ErrorCode.ACCESS_DENIED, "only the own messages can be changed")
    if said.text == text:
        return Unchanged()
    if said.text is None:
        return Refuse(ErrorCode.MESSAGE_NOT_FOUND, "the message is deleted")
    if now - said.created_at > CHANGEABLE:
        return Refuse(ErrorCode.ACCESS_DENIED, "a message can be changed for 24 hours")
    return Accept((text,))
