"""What the rules say of a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What is to be done. MUTE refuses the message and whatever follows until the mute ends."""

    PASS = "pass"  # noqa: S105 (an outcome, not a password)
    MASK = "mask"
    REFUSE = "refuse"
    MUTE = "mute"


class Reason(StrEnum):
    """Why; the value is what the sender and operators are told."""

    MUTED = "muted"
    RATE = "rate"
    REPEAT = "repeat"
    BANNED_WORD = "banned_word"
    BANNED_LINK = "banned_link"
    LINKS = "links"
    INVITATIONS = "invitations"
    MANY_ROOMS = "many_rooms"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for one message.

    `text` is what may be stored: the message, masked or as it was; empty when nothing may.
    `until` is when a mute ends or a rate allows the next message; 0 when waiting is no help.
    `detail` is for operators: the listed word, the host, or what was counted.
    """

    outcome: Outcome
    reason: Reason | None = None
    text: str = ""
    until: float = 0.0
    detail: str = ""


def over(count: int, what: str, seconds: float) -> str:
    """The detail of a limit that was passed."""
    return f"more than {count} {what} in {seconds:g} s"
