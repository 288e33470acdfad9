"""Reads the notices of rooms, over all chat databases."""

from __future__ import annotations

from collections.abc import Mapping

from chatstream.domain.notices import DIRECT
from chatstream.domain.partitions import partition_of
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.notices import RoomNotice
from infra.postgres.pool import Database

_NOTICE = """
select r.kind, me.account_id is not null, coalesce(n.text, said.body), n.message_id::text,
    who.user_id, who.name, n.at, n.rev,
    coalesce(who.erased, false) or coalesce(author.erased, false)
from rooms r
left join members me on me.room_id = r.room_id and me.account_id = %s
left join notices n on n.room_id = r.room_id
left join messages said on said.room_id = n.room_id and said.seq = n.seq
left join profiles author on author.account_id = n.author_id
left join profiles who on who.account_id = n.account_id
where r.room_id = %s and r.deleted_at is null
"""


class PostgresNoticeReader:
    """ports.notices.NoticeReader."""

    def __init__(self, homes: Mapping[int, str], databases: Mapping[str, Database]) -> None:
        self._homes = homes
        self._databases = databases

    async def notice(self, room_id: str, account_id: str) -> RoomNotice | None:
        """See ports.notices.NoticeReader."""
        home = self._databases[self._homes[partition_of(room_id, len(self._homes))]]
        rows = await home.fetch(_NOTICE, (account_id, room_id))
        if not rows:
            raise UserError(ErrorCode.ROOM_NOT_FOUND)
        kind, is_member, text, message_id, user_id, name, at, rev, is_erased = rows[0]
        if not is_member:
            raise UserError(ErrorCode.NOT_A_MEMBER)
        if kind == "direct":
            raise UserError(DIRECT.code, DIRECT.reason)
        if text is None or is_erased:
            return None
        return RoomNotice(text, message_id, user_id, name, to_text(at), rev)
