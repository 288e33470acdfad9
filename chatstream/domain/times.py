"""Times as the contract wants them: RFC 3339, UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime

_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def to_text(moment: datetime) -> str:
    """An aware time as `2026-11-21T12:00:00.123Z`; finer parts are cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """The aware time of an RFC 3339 text.

    ValueError when it is none, names no zone, or is in no year from 1 to 9999 of UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; end it with Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is in no year of UTC") from None


def now_text() -> str:
    """This moment, as text."""
    return to_text(datetime.now(UTC))


def text_of(seconds: float) -> str:
    """Seconds since the epoch as text; a time too far for a calendar is its last year."""
    return to_text(datetime.fromtimestamp(min(seconds, _LATEST), UTC))
