"""Times as the contract wants them: RFC 3339, UTC, milliseconds, `Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

# https://www.rfc-editor.org/rfc/rfc3339#section-5.6; a space may stand for the T, and t and z are
# as good as T and Z.
_RFC_3339 = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?:\.(?P<fraction>[0-9]+))?(?P<zone>[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# A form decodes the + of an offset to a space.
_LOST_PLUS = re.compile(r" (?=[0-9]{2}:[0-9]{2}\Z)")
_LEAP_SECOND = "60"
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()


def to_text(moment: datetime) -> str:
    """An aware time as `2026-11-21T12:00:00.123Z`; finer parts are cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def from_text(text: str) -> datetime:
    """The aware time of an RFC 3339 text, in any form that it allows, to the microsecond.

    A leap second is the moment after it, as clocks have it that know none. ValueError when the text
    is no such time, names no zone, or is in no year from 1 to 9999 of UTC.
    """
    found = _RFC_3339.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of RFC 3339: date, T, time, and Z or an offset")
    second, fraction = found["second"], (found["fraction"] or "")[:6].ljust(6, "0")
    is_leap = second == _LEAP_SECOND
    clock = f"{found['minute']}:{'59' if is_leap else second}.{fraction}"
    moment = datetime.fromisoformat(f"{found['date']}T{clock}{found['zone'].upper()}")
    try:
        return _after_leap(moment.astimezone(UTC), text) if is_leap else moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is in no year of UTC") from None


def _after_leap(before: datetime, text: str) -> datetime:
    """The second after `before`, which must be the last one of a day of UTC."""
    if (before.hour, before.minute) != (23, 59):
        raise ValueError(f"{text!r} has a 60th second where none can be")
    return before.replace(microsecond=0) + timedelta(seconds=1)


def from_query(text: str) -> datetime:
    """As `from_text`, for a text out of a query where the + of its offset has become a space."""
    return from_text(_LOST_PLUS.sub("+", text))


def now_text() -> str:
    """This moment, as text."""
    return to_text(datetime.now(UTC))


def text_of(seconds: float) -> str:
    """Seconds since the epoch as text; a time too far for a calendar is its last year."""
    return to_text(datetime.fromtimestamp(min(seconds, _LATEST), UTC))
