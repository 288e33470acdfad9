"""Every error the program raises on purpose, and what the code around it must do with it.

Four kinds: `UserError` is shown to the caller, `PoisonMessage` goes to a dead-letter topic,
`TransientFailure` is tried again, `ConfigurationError` ends the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as a_field
from enum import StrEnum


class ErrorCode(StrEnum):
    """The codes of the public contract; the value is what callers see."""

    INVALID_INPUT = "INVALID_INPUT"
    CANNOT_ADD_SELF = "CANNOT_ADD_SELF"
    WEAK_PASSWORD = "WEAK_PASSWORD"  # noqa: S105 (a code, not a password)
    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"
    BAD_CREDENTIALS = "BAD_CREDENTIALS"
    ACCESS_DENIED = "ACCESS_DENIED"
    JOIN_REQUIRED = "JOIN_REQUIRED"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    BLOCKED = "BLOCKED"
    NOT_FOUND = "NOT_FOUND"
    ROOM_NOT_FOUND = "ROOM_NOT_FOUND"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    NOTICE_LOCKED = "NOTICE_LOCKED"
    MESSAGE_NOT_FOUND = "MESSAGE_NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    TOO_LARGE = "TOO_LARGE"
    USER_EXISTS = "USER_EXISTS"
    ALREADY_A_MEMBER = "ALREADY_A_MEMBER"
    MESSAGE_ID_REUSED = "MESSAGE_ID_REUSED"
    MESSAGE_REFUSED = "MESSAGE_REFUSED"
    CAMPAIGN_NOT_FOUND = "CAMPAIGN_NOT_FOUND"
    CLAIM_NOT_FOUND = "CLAIM_NOT_FOUND"
    COUPON_NOT_FOUND = "COUPON_NOT_FOUND"
    CAMPAIGN_OPEN = "CAMPAIGN_OPEN"
    SOLD_OUT = "SOLD_OUT"
    ALREADY_ISSUED = "ALREADY_ISSUED"
    CLAIM_ID_REUSED = "CLAIM_ID_REUSED"
    NOT_OPEN_YET = "NOT_OPEN_YET"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    CLOSED = "CLOSED"
    ALREADY_USED = "ALREADY_USED"
    EXPIRED = "EXPIRED"
    NOT_CLOSED = "NOT_CLOSED"
    CONTENT_NOT_FOUND = "CONTENT_NOT_FOUND"
    CONTENT_ID_REUSED = "CONTENT_ID_REUSED"
    NOT_THE_AUTHOR = "NOT_THE_AUTHOR"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    ALREADY_APPEALED = "ALREADY_APPEALED"
    ALREADY_DECIDED = "ALREADY_DECIDED"
    CANNOT_SUBSCRIBE_SELF = "CANNOT_SUBSCRIBE_SELF"
    RATE_LIMITED = "RATE_LIMITED"
    BUSY = "BUSY"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    INTERNAL = "INTERNAL"


HTTP_STATUS: Mapping[ErrorCode, int] = {
    ErrorCode.INVALID_INPUT: 400,
    ErrorCode.CANNOT_ADD_SELF: 400,
    ErrorCode.WEAK_PASSWORD: 400,
    ErrorCode.NOT_AUTHENTICATED: 401,
    ErrorCode.BAD_CREDENTIALS: 401,
    ErrorCode.ACCESS_DENIED: 403,
    ErrorCode.JOIN_REQUIRED: 403,
    ErrorCode.NOT_A_MEMBER: 403,
    ErrorCode.BLOCKED: 403,
    ErrorCode.NOTICE_LOCKED: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.ROOM_NOT_FOUND: 404,
    ErrorCode.USER_NOT_FOUND: 404,
    ErrorCode.MESSAGE_NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.TOO_LARGE: 413,
    ErrorCode.USER_EXISTS: 409,
    ErrorCode.ALREADY_A_MEMBER: 409,
    ErrorCode.MESSAGE_ID_REUSED: 409,
    ErrorCode.MESSAGE_REFUSED: 422,
    ErrorCode.CAMPAIGN_NOT_FOUND: 404,
    ErrorCode.CLAIM_NOT_FOUND: 404,
    ErrorCode.COUPON_NOT_FOUND: 404,
    ErrorCode.CAMPAIGN_OPEN: 409,
    ErrorCode.SOLD_OUT: 409,
    ErrorCode.ALREADY_ISSUED: 409,
    ErrorCode.CLAIM_ID_REUSED: 409,
    ErrorCode.NOT_OPEN_YET: 403,
    ErrorCode.NOT_ELIGIBLE: 403,
    ErrorCode.CLOSED: 410,
    ErrorCode.ALREADY_USED: 409,
    ErrorCode.EXPIRED: 410,
    ErrorCode.NOT_CLOSED: 409,
    ErrorCode.CONTENT_NOT_FOUND: 404,
    ErrorCode.CONTENT_ID_REUSED: 409,
    ErrorCode.NOT_THE_AUTHOR: 403,
    ErrorCode.VERSION_CONFLICT: 409,
    ErrorCode.ALREADY_APPEALED: 409,
    ErrorCode.ALREADY_DECIDED: 409,
    ErrorCode.CANNOT_SUBSCRIBE_SELF: 400,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.BUSY: 503,
    ErrorCode.STORE_UNAVAILABLE: 503,
    ErrorCode.INTERNAL: 500,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, and by that how to mend it.

    `reason` follows the field's name in a sentence ("must have at most {most} characters"); its
    `{part}`s are filled in from `values`. `item` is the entry of a list that it is about, if any,
    and `text` that entry as it was given, where that may be shown.
    """

    field: str
    reason: str
    values: Mapping[str, object] = a_field(default_factory=dict)
    item: int | None = None
    text: str | None = None

    @property
    def english(self) -> str:
        """The reason for logs and for programs that read no other language."""
        return self.reason.format(**self.values) if self.values else self.reason


class ChatStreamError(Exception):
    """Base of every error of this program."""


class UserError(ChatStreamError):
    """An expected refusal, safe to show to the caller: code, details, seconds until a retry helps.

    `details` may hold only what the caller may see. `reason` is for the English log and the
    fallback text; the shown text follows the code and the caller's language.
    """

    def __init__(
        self,
        code: ErrorCode,
        reason: str = "",
        *,
        details: Mapping[str, object] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {reason}" if reason else str(code))
        self.code = code
        self.reason = reason
        self.details: Mapping[str, object] = details or {}
        self.retry_after = retry_after

    @property
    def status(self) -> int:
        """The HTTP status that goes with the code."""
        return HTTP_STATUS[self.code]


class InvalidInput(UserError):
    """An INVALID_INPUT: every problem that was found, at least one; details name the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        details = {"field": first.field, "reason": first.english}
        told = f"{first.field} {first.english}"
        super().__init__(ErrorCode.INVALID_INPUT, told, details=details)
        self.problems = tuple(problems)


def invalid(field: str, reason: str, **values: object) -> InvalidInput:
    """An INVALID_INPUT that names the field and says how to mend it; see `Problem`.

    The reason is a constant with `{part}`s, never a filled-in text: it is looked up in the
    caller's language.
    """
    return InvalidInput([Problem(field, reason, values)])


def problems_in(error: UserError) -> Sequence[Problem]:
    """The fields that an INVALID_INPUT is about; none for any other error."""
    if isinstance(error, InvalidInput):
        return error.problems
    field, reason = error.details.get("field"), error.details.get("reason")
    is_one = error.code is ErrorCode.INVALID_INPUT and isinstance(reason, str)
    return (Problem(str(field), str(reason)),) if is_one and field else ()


def check_all(*checks: Callable[[], object]) -> None:
    """Run every check; what those among them found that refused a field is raised as one."""
    problems: list[Problem] = []
    for check in checks:
        try:
            check()
        except UserError as error:
            found = problems_in(error)
            if not found:
                raise
            problems += found
    if problems:
        raise InvalidInput(problems)


def refused(reason: str, until: str | None, cause: str | None) -> UserError:
    """A MESSAGE_REFUSED with its reason, until when it lasts, and what a mute is for."""
    details = {"reason": reason, "until": until, "cause": cause}
    known = {name: value for name, value in details.items() if value is not None}
    return UserError(ErrorCode.MESSAGE_REFUSED, reason, details=known)


class PoisonKind(StrEnum):
    """Why a record can never be processed, roughly: what dead letters are counted by."""

    UNREADABLE = "unreadable"
    MISPLACED = "misplaced"
    INVALID = "invalid"
    SEALED = "sealed"
    STORE = "store"


class PoisonMessage(ChatStreamError):
    """A record that can never be processed: it is dead-lettered, the stream goes on."""

    def __init__(self, reason: str, kind: PoisonKind = PoisonKind.INVALID) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind


class TransientFailure(ChatStreamError):
    """A dependency is away: try again later; never skip, never acknowledge."""


class Fenced(ChatStreamError):
    """Another worker owns the partition now: acknowledge nothing and end the process."""


class ConfigurationError(ChatStreamError):
    """The start cannot go on; the text names each setting that is wrong and the fix."""
