"""The write side of inspections: read what there is of the posts, decide in order, write."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from chatstream.domain.content.inspections import HeldInspection, InspectionBoard, Stage
from chatstream.domain.lines import in_fact_order
from chatstream.ports.inspections import InspectionAct, InspectionAnswer, InspectionWish
from infra.postgres.content_accounts import hold_accounts
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.inspection_records import Boards, answer
from infra.postgres.pool import Database

_FACTS = FactTable(
    "inspection_facts",
    identity=("request_id",),
    columns={"content_id": "uuid", "account_id": "uuid", "body": "text"},
)
# Read as it is: what is decided here is judged once more where posts are written.
_POSTS = """
select content_id::text, version, author_id::text, published_version is not null
from contents where content_id = any (%s::uuid[]) and deleted_at is null
"""
_INSPECTIONS = """
select content_id::text, version, author_id::text, state, reasons, appealed
from inspections where content_id = any (%s::uuid[])
order by content_id, version for no key update
"""
# Versions of one post say much the same: its others count once, and those of this batch not here.
_REPEATS = """
select i.author_id::text, i.gist, count(distinct i.content_id)::int
from (select distinct a, g from unnest(%s::uuid[], %s::text[]) as t (a, g)) as w
join inspections i on i.author_id = w.a and i.gist = w.g and i.gist <> ''
    and not i.content_id = any (%s::uuid[])
    and i.asked_at > %s::timestamptz - interval '1 hour'
group by 1, 2
"""
_WRITE = """
insert into inspections as i (content_id, version, author_id, state, reasons, appealed, judge, note,
    text, decided_by, gist, asked_at, since)
select content_id, version, author_id, state, reasons, appealed, judge, coalesce(note, ''),
    coalesce(text, ''), decided_by, gist, %s::timestamptz, %s::timestamptz
from jsonb_to_recordset(%s::jsonb) as t (content_id uuid, version int, author_id uuid, state text,
    reasons text[], appealed bool, judge text, note text, text text, decided_by uuid,
    gist text)
order by content_id, version
on conflict (content_id, version) do update set state = excluded.state, reasons = excluded.reasons,
    appealed = excluded.appealed, judge = coalesce(excluded.judge, i.judge),
    note = case when excluded.judge is null then i.note else excluded.note end,
    text = case when excluded.text = '' then i.text else excluded.text end,
    decided_by = coalesce(excluded.decided_by, i.decided_by),
    since = case when excluded.state = i.state then i.since else excluded.since end
"""
_ASK_MODEL = """
insert into model_questions (content_id, version, due_at, asked_at)
select c, v, %s, %s from unnest(%s::uuid[], %s::int[]) as t (c, v) on conflict do nothing
"""
# What is decided, or about a version whose place another has taken, is asked no more.
_ASK_NO_MORE = """
delete from model_questions q using inspections i
where i.content_id = q.content_id and i.version = q.version and i.state <> 'inspecting'
    and q.content_id = any (%s::uuid[])
"""


class PostgresInspections:
    """ports.inspections.InspectionStore."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[InspectionWish]
    ) -> Sequence[InspectionAnswer]:
        """See ports.inspections.InspectionStore."""
        async with self._line.batch(generation, wishes) as batch:
            boards = await _read(batch, wishes)
            answers = [answer(batch, boards, index, wish) for index, wish in enumerate(wishes)]
            await _write(batch, boards)
        return in_fact_order(answers)


async def _read(batch: LineBatch, wishes: Sequence[InspectionWish]) -> Boards:
    erased = await hold_accounts(batch, (wish.account_id for wish in wishes))
    ids = sorted({wish.content_id for wish in wishes})
    boards = Boards({}, erased)
    for content_id, latest, author_id, is_visible in await batch.fetch(_POSTS, (ids,)):
        boards.held[content_id] = InspectionBoard(
            latest=latest, author_id=author_id, is_visible=is_visible
        )
    for row in await batch.fetch(_INSPECTIONS, (ids,)):
        content_id, version, author_id, state, reasons, is_appealed = row
        boards.of(content_id).inspections[version] = HeldInspection(
            author_id=author_id,
            stage=Stage(state),
            reasons=tuple(reasons),
            is_appealed=is_appealed,
        )
    if inspecting := [wish for wish in wishes if wish.act is InspectionAct.INSPECT]:
        asked = (
            [each.account_id for each in inspecting],
            [each.judgement.gist if each.judgement else "" for each in inspecting],
            ids,
            batch.now,
        )
        for author_id, gist, count in await batch.fetch(_REPEATS, asked):
            boards.repeats[author_id, gist] = count
    return boards


async def _write(batch: LineBatch, boards: Boards) -> None:
    if not boards.changed:
        return
    rows = []
    for (content_id, version), said in boards.changed.items():
        inspection = boards.held[content_id].inspections[version]
        rows.append(
            {
                "content_id": content_id,
                "version": version,
                "author_id": inspection.author_id,
                "state": str(inspection.stage),
                "reasons": inspection.reasons,
                "appealed": inspection.is_appealed,
                "judge": said.judge,
                "note": said.note,
                "text": said.text,
                "decided_by": said.decided_by,
                "gist": said.gist,
            }
        )
    await batch.fetch(_WRITE, (batch.now, batch.now, orjson.dumps(rows).decode()))
    if boards.asked:
        asked = [content_id for content_id, _ in boards.asked]
        versions = [version for _, version in boards.asked]
        await batch.fetch(_ASK_MODEL, (batch.now, batch.now, asked, versions))
    changed = sorted({content_id for content_id, _ in boards.changed})
    await batch.fetch(_ASK_NO_MORE, (changed,))
