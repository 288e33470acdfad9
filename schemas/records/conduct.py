"""The rules against abuse: kakao.user.conduct, kakao.user.sanction, kakao.chat.policy."""

from __future__ import annotations

from typing import Any

from chatstream.ports.sanctions import SanctionFact
from schemas.records.base import AnswerRecord, FactRecord, Record, RequestRecord, Secret, Uuid


class MessageJudged(Record, frozen=True, kw_only=True, tag="messageJudged"):
    """What a message means for its account; no text. The verdict is that of the room's rules.

    `gist` is equal for messages that say the same. (`partition`, `offset`) is the place of the
    wish, by which a repeat of this record is known.
    """

    account_id: str
    room_id: str
    partition: int
    offset: int
    outcome: str
    reason: str | None
    gist: Secret
    letters: int
    links: int
    invites: bool
    at: str


class MessagesJudged(Record, frozen=True, kw_only=True, tag="messagesJudged"):
    """The messages of one batch whose accounts lie in one partition, in the order of their places.

    Its key is the account of the first.
    """

    messages: tuple[MessageJudged, ...]


class PeopleInvited(Record, frozen=True, kw_only=True, tag="peopleInvited"):
    """The account has made `people` others members of a room; the room's fact is its identity."""

    account_id: str
    room_id: str
    partition: int
    fact_no: int
    people: int
    at: str


ConductEvent = MessageJudged | MessagesJudged | PeopleInvited


class ImposeSanction(RequestRecord, frozen=True, kw_only=True, tag="imposeSanction"):
    """A wish to mute the account in a room (null: everywhere) until `until`.

    (account, requestId) is its identity; the sanction's id is the requestId.
    """

    room_id: Uuid | None
    reason: str
    detail: str
    since: str
    until: str


class LiftSanction(RequestRecord, frozen=True, kw_only=True, tag="liftSanction"):
    """A wish of the operator `liftedBy` (an account) to end a sanction of the account."""

    sanction_id: Uuid
    lifted_by: Uuid


class SanctionImposed(FactRecord, frozen=True, kw_only=True, tag="sanctionImposed"):
    """Fact: the account is muted in the room (null: everywhere) from `since` until `until`."""

    sanction_id: str
    room_id: str | None
    reason: str
    since: str
    until: str
    at: str


class SanctionLifted(FactRecord, frozen=True, kw_only=True, tag="sanctionLifted"):
    """Fact: an operator has ended the sanction at `at`; `until` is when it would have ended."""

    sanction_id: str
    room_id: str | None
    reason: str
    until: str
    lifted_by: str
    at: str


class SanctionRefused(AnswerRecord, frozen=True, kw_only=True, tag="sanctionRefused"):
    """Outcome of a wish that changed nothing: there is no such sanction."""

    code: str
    reason: str
    at: str


SanctionRequest = ImposeSanction | LiftSanction
SanctionResponse = SanctionImposed | SanctionLifted | SanctionRefused


def sanction_fact(request_id: str, fact: SanctionFact) -> SanctionImposed | SanctionLifted:
    """The record of a stored fact, as the answer to `request_id`."""
    common: dict[str, Any] = {
        "fact_no": fact.fact_no,
        "request_id": request_id,
        "sanction_id": fact.sanction_id,
        "account_id": fact.account_id,
        "room_id": fact.room_id,
        "reason": fact.reason,
        "until": fact.until,
        "at": fact.at,
    }
    if fact.lifted_by is None:
        return SanctionImposed(**common, since=fact.since)
    return SanctionLifted(**common, lifted_by=fact.lifted_by)


class PolicyChanged(Record, frozen=True, kw_only=True, tag="policyChanged"):
    """The policy by which abuse is judged from now on, whole; the last record counts.

    `policy` is JSON text as `chatstream.domain.abuse.encoding` reads it, null: the default of the
    program that reads it.
    """

    version: str
    policy: str | None
    changed_at: str


PolicyEvent = PolicyChanged
