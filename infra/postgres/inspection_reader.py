"""The operators' queue of inspections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chatstream.domain.cursors import CursorShape, identity, moment, whole
from chatstream.ports.inspections import Inspection
from infra.postgres.content_reader import version_of
from infra.postgres.pool import Database

_VERSION = """
{v}.version, {v}.title, {v}.body, {v}.tags, {v}.state, {v}.reasons, {v}.note, {v}.appealed,
    {v}.written_at
"""
_INSPECTION = f"""
select i.content_id::text, c.author_id::text, p.user_id, p.name, i.state, i.since, i.judge, i.text,
    {_VERSION.format(v="v")}, {_VERSION.format(v="s")}
from inspections i
join contents c on c.content_id = i.content_id and c.deleted_at is null
join versions v on v.content_id = i.content_id and v.version = i.version
left join versions s on s.content_id = i.content_id and s.version = c.published_version
left join profiles p on p.account_id = c.author_id and not p.erased
"""
_QUEUE = f"""{_INSPECTION}
where i.state = %(state)s and (%(id)s::uuid is null or (i.since, i.content_id, i.version)
    > (%(at)s::timestamptz, %(id)s::uuid, %(version)s))
order by i.since, i.content_id, i.version limit %(limit)s
"""
_ONE = f"{_INSPECTION} where i.content_id = %s::uuid and i.version = %s"
_CURSOR = CursorShape("inspections", moment, identity, whole)
_WIDTH = 9


class PostgresInspectionReader:
    """ports.inspections.InspectionReader."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def inspections(
        self, *, state: str, cursor: str | None, limit: int
    ) -> tuple[Sequence[Inspection], str | None]:
        """See ports.inspections.InspectionReader."""
        at, content_id, version = _CURSOR.place(cursor)
        asked = {"state": state, "at": at, "id": content_id, "version": version}
        rows = await self._database.fetch(_QUEUE, asked | {"limit": limit + 1})
        found = list(map(_inspection, rows))
        if len(found) <= limit:
            return found, None
        end = found[limit - 1]
        return found[:limit], _CURSOR.encode(end.since, end.content_id, end.inspected.version)

    async def inspection(self, content_id: str, version: int) -> Inspection | None:
        """See ports.inspections.InspectionReader."""
        rows = await self._database.fetch(_ONE, (content_id, version))
        return _inspection(rows[0]) if rows else None


def _inspection(row: Sequence[Any]) -> Inspection:
    content_id, author_id, user_id, name, state, since, judge, text, *versions = row
    inspected, published = versions[:_WIDTH], versions[_WIDTH:]
    return Inspection(
        content_id=content_id,
        author_id=author_id,
        user_id=user_id,
        user_name=name,
        state=state,
        since=since,
        judge=judge,
        text=text,
        inspected=version_of(inspected),
        published=None if published[0] is None else version_of(published),
    )
