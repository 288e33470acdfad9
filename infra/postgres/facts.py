"""Facts read back from Postgres, to fill a gap in a fact line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chatstream.domain.times import to_text
from infra.postgres.pool import Database
from schemas import records, topics

_MESSAGES = """
select m.fact_no, m.room_id::text, m.seq, m.message_id::text, m.account_id::text, p.user_id,
    p.name, m.body, m.created_at, r.access_version, r.kind
from messages m
join rooms r on r.room_id = m.room_id
left join profiles p on p.account_id = m.account_id
where m.partition = %s and m.fact_no > %s and m.fact_no <= %s order by m.fact_no
"""
_ROOMS = """
select fact_no, body from room_facts
where partition = %s and fact_no > %s and fact_no <= %s order by fact_no
"""
_ACCOUNTS = """
select fact_no, kind, request_id::text, account_id::text, user_id, name, at from account_facts
where partition = %s and fact_no > %s and fact_no <= %s order by fact_no
"""


class PostgresFacts:
    """ports.counting.FactReader over the chat databases and, where given, the auth database."""

    def __init__(
        self,
        homes: Mapping[int, str],
        chat: Mapping[str, Database],
        auth: Database | None = None,
    ) -> None:
        self._homes = homes
        self._chat = chat
        self._auth = auth

    async def facts(
        self, topic: str, partition: int, after: int, upto: int
    ) -> Sequence[tuple[int, bytes]]:
        """See ports.counting.FactReader."""
        span = (partition, after, upto)
        if topic == topics.MESSAGE_RESPONSE.name:
            rows = await self._chat[self._homes[partition]].fetch(_MESSAGES, span)
            return [(row[0], records.encode(_message(*row))) for row in rows]
        if topic == topics.ROOM_RESPONSE.name:
            rows = await self._chat[self._homes[partition]].fetch(_ROOMS, span)
            return [(fact_no, body.encode()) for fact_no, body in rows]
        if topic == topics.ACCOUNT_RESPONSE.name and self._auth is not None:
            rows = await self._auth.fetch(_ACCOUNTS, span)
            return [(row[0], records.encode(_account(*row))) for row in rows]
        raise LookupError(f"{topic} has no fact line here")


def _account(  # type: ignore[no-untyped-def]  # noqa: PLR0913 (columns)
    fact_no, kind, request_id, account_id, user_id, name, at
) -> records.AccountCreated | records.ProfileChanged | records.AccountErased:
    if kind == "accountErased":
        return records.AccountErased(
            fact_no=fact_no,
            request_id=request_id,
            account_id=account_id,
            saga_id=request_id,
            at=to_text(at),
        )
    if kind == "profileChanged":
        return records.ProfileChanged(
            fact_no=fact_no,
            request_id=request_id,
            account_id=account_id,
            user_id=user_id,
            name=name,
            at=to_text(at),
        )
    return records.AccountCreated(
        fact_no=fact_no,
        request_id=request_id,
        account_id=account_id,
        user_id=user_id,
        name=name,
        created_at=to_text(at),
    )


def _message(  # type: ignore[no-untyped-def]  # noqa: PLR0913 (columns)
    fact_no,
    room_id,
    seq,
    message_id,
    account_id,
    user_id,
    name,
    body,
    created_at,
    access_version,
    kind,
) -> records.MessageStored:
    return records.MessageStored(
        fact_no=fact_no,
        room_id=room_id,
        seq=seq,
        rev=fact_no,
        message_id=message_id,
        account_id=account_id,
        user_id=user_id or "",
        user_name=name or "",
        message=body or "",
        created_at=to_text(created_at),
        access_version=access_version,
        room_kind=kind,
    )
