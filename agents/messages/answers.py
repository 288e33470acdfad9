"""What is told of a wish about a message: the record of its outcome."""

from __future__ import annotations

from typing import Any

from agents.messages.verdicts import Judged, told_reason
from chatstream.domain.abuse.verdicts import Reason
from chatstream.domain.times import now_text
from chatstream.errors import ErrorCode
from chatstream.ports.messages import ChangeOutcome, MessageOutcome, Outcome
from schemas import records

_REASONS = {
    ErrorCode.ROOM_NOT_FOUND: "there is no such room",
    ErrorCode.NOT_A_MEMBER: "the sender is not a member of the room",
    ErrorCode.NOT_AUTHENTICATED: "the account is erased",
    ErrorCode.MESSAGE_ID_REUSED: "this messageId was used for another text; use a new one",
    ErrorCode.INVALID_INPUT: "replyTo names no message of the room",
}


def answer(
    wish: records.MessageRequest, outcome: Outcome, judged: Judged
) -> records.MessageResponse:
    """The record that tells what became of the wish; TypeError when the outcome is of another."""
    if outcome.code is not None:
        return _refused(wish, outcome, judged)
    if isinstance(wish, records.SendMessage) and isinstance(outcome, MessageOutcome):
        return _stored(wish, outcome)
    if not isinstance(wish, records.SendMessage) and isinstance(outcome, ChangeOutcome):
        return _revised(wish, outcome) if outcome.fact_no else _unchanged(wish, outcome)
    raise TypeError(f"{type(wish).__name__} was answered with {type(outcome).__name__}")


def _stored(wish: records.SendMessage, outcome: MessageOutcome) -> records.MessageStored:
    kind: Any = outcome.room_kind
    return records.MessageStored(
        fact_no=outcome.fact_no,
        room_id=wish.room_id,
        seq=outcome.seq,
        rev=outcome.rev,
        message_id=wish.message_id,
        account_id=wish.account_id,
        user_id=outcome.user_id or wish.user_id,
        user_name=outcome.user_name or wish.user_name,
        message=wish.message if outcome.kept_text is None else outcome.kept_text,
        created_at=outcome.created_at,
        access_version=outcome.access_version,
        room_kind=kind,
        unread=outcome.unread,
        repeated=outcome.repeated,
        former_rev=outcome.former_rev,
        reply_to=records.quote(outcome.reply_to),
        mentions=records.people(outcome.mentions),
    )


def _unchanged(
    wish: records.EditMessage | records.DeleteMessage, outcome: ChangeOutcome
) -> records.MessageUnchanged:
    return records.MessageUnchanged(
        request_id=wish.request_id,
        room_id=wish.room_id,
        account_id=wish.account_id,
        message_id=wish.message_id,
        seq=outcome.seq,
        at=outcome.at,
    )


def _revised(
    wish: records.EditMessage | records.DeleteMessage, outcome: ChangeOutcome
) -> records.MessageEdited | records.MessageDeleted:
    kind: Any = outcome.room_kind
    fields: dict[str, Any] = {
        "fact_no": outcome.fact_no,
        "request_id": wish.request_id,
        "room_id": wish.room_id,
        "seq": outcome.seq,
        "rev": outcome.rev,
        "message_id": wish.message_id,
        "account_id": wish.account_id,
        "user_id": outcome.user_id or "",
        "user_name": outcome.user_name or "",
        "former": outcome.former,
        "created_at": outcome.created_at,
        "access_version": outcome.access_version,
        "room_kind": kind,
        "last_seq": outcome.last_seq,
        "former_rev": outcome.former_rev,
    }
    if outcome.text is None:
        return records.MessageDeleted(**fields, deleted_at=outcome.at)
    return records.MessageEdited(
        **fields,
        unread=outcome.unread,
        message=outcome.text,
        edited_at=outcome.at,
        reply_to=records.quote(outcome.reply_to),
        mentions=records.people(outcome.mentions),
    )


def _refused(
    wish: records.MessageRequest, outcome: Outcome, judged: Judged
) -> records.MessageRefused | records.ChangeRefused:
    code = ErrorCode(outcome.code or "")
    if code is ErrorCode.MESSAGE_REFUSED:
        return refusal(wish, code, *_why(outcome, judged))
    told = outcome.reason if isinstance(outcome, ChangeOutcome) else ""
    return refusal(wish, code, told or _REASONS.get(code, ""))


def outside(
    wish: records.MessageRequest, code: ErrorCode
) -> records.MessageRefused | records.ChangeRefused:
    """The refusal of a wish whose author is outside its room, as the store's would be."""
    return refusal(wish, code, _REASONS[code])


def _why(outcome: Outcome, judged: Judged) -> tuple[str, str | None, str | None]:
    """(reason, until, cause) of a refusal by the rules: a mute that is stored, or the verdict."""
    if outcome.muted_until is not None:
        return str(Reason.MUTED), outcome.muted_until, outcome.muted_for
    return told_reason(judged)


def refusal(
    wish: records.MessageRequest,
    code: ErrorCode,
    reason: str,
    until: str | None = None,
    cause: str | None = None,
) -> records.MessageRefused | records.ChangeRefused:
    """The record that refuses the wish; `until` and `cause` as in MessageRefused."""
    told: dict[str, Any] = {
        "room_id": wish.room_id,
        "account_id": wish.account_id,
        "message_id": wish.message_id,
        "code": str(code),
        "reason": reason,
        "at": now_text(),
        "until": until,
        "cause": cause,
    }
    if isinstance(wish, records.SendMessage):
        return records.MessageRefused(**told)
    return records.ChangeRefused(request_id=wish.request_id, **told)
