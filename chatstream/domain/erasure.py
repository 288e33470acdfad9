"""Erasure of an account: which step is next, when one is tried again, when it alarms.

The first step is a tombstone, stored together with the saga itself: from then on nothing new can
be said or joined in the account's name. Contexts whose parts only read facts come after those that
write them, so that nothing late can bring a name back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5


class State(StrEnum):
    """What a saga is doing. ALARM still tries; it asks for a person."""

    RUNNING = "running"
    ALARM = "alarm"
    DONE = "done"


FIRST_DELAY = 1.0
MOST_DELAY = 60.0
ALARM_ATTEMPTS = 8
_DOUBLINGS = 8
_PERSON = frozenset({"accountId", "userId", "name"})


def next_step(steps: Iterable[str], done: Collection[str]) -> str | None:
    """The first of the steps that is to be done now; None when all are."""
    return next((step for step in steps if step not in done), None)


def delay(attempts: int) -> float:
    """Seconds until a step that was tried so often is tried again."""
    return min(MOST_DELAY, FIRST_DELAY * 2.0 ** min(max(attempts, 1) - 1, _DOUBLINGS))


def state_of(steps: Iterable[str], done: Collection[str], attempts: int) -> State:
    """The saga's state, given its steps, the finished ones and the tries of the one under way."""
    if next_step(steps, done) is None:
        return State.DONE
    return State.ALARM if attempts >= ALARM_ATTEMPTS else State.RUNNING


def leave_request(saga_id: str, room_id: str) -> str:
    """The request id with which the saga leaves a room: the same however often it is tried."""
    return str(uuid5(UUID(saga_id), room_id))


def forgotten_at(chat_done_at: datetime, retention: timedelta) -> datetime:
    """When Kafka has dropped the last record that named the account."""
    return chat_done_at + retention


def without_person(value: object, account_id: str) -> object:
    """The JSON value with the handle and the name blank wherever it shows this account.

    Idempotent; everything else is as it was.
    """
    if isinstance(value, list):
        return [without_person(each, account_id) for each in value]
    if not isinstance(value, dict):
        return value
    # A person is an object of these and no other keys; beside the id of a record's actor `name` is
    # the name of the room.
    is_theirs = value.get("accountId") == account_id and value.keys() <= _PERSON
    return {
        key: "" if is_theirs and key != "accountId" else without_person(each, account_id)
        for key, each in value.items()
    }
