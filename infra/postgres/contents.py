"""The write side of posts: lock them, read, decide in order, write what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from chatstream.domain.content.posts import HeldPost, PostState, PostVersion
from chatstream.domain.content.texts import Draft, tag_key
from chatstream.domain.lines import in_fact_order
from chatstream.ports.contents import ContentAct, ContentAnswer, ContentWish
from infra.postgres import content_attention
from infra.postgres.content_accounts import hold_accounts
from infra.postgres.content_records import Posts, Traces, VisiblePosts, answer
from infra.postgres.epochs import LineEpochs
from infra.postgres.fact_line import FactLine, FactTable, LineBatch
from infra.postgres.fan_out import begin_push, begin_withdrawal
from infra.postgres.pool import Database

_FACTS = FactTable(
    "content_facts",
    identity=("request_id",),
    columns={"content_id": "uuid", "account_id": "uuid", "version": "int", "body": "text"},
)

_READERS = (ContentAct.LIKE, ContentAct.UNLIKE, ContentAct.VIEW)

_LOCK = """
select content_id::text, author_id::text, version, published_version, first_published_at, edited_at,
    deleted_at is not null, likes, views
from contents where content_id = any (%s::uuid[]) order by content_id for no key update
"""
_VERSIONS = """
select v.content_id::text, v.version, v.title, v.body, v.tags, v.state, v.verdict_no, v.reasons,
    v.note, v.appealed
from contents c join versions v on v.content_id = c.content_id
    and v.version in (1, c.version, c.published_version)
where c.content_id = any (%s::uuid[])
"""
_TRACES = """
select w.c::text, w.a::text, (select count(*)::int from likes l
    where l.content_id = w.c and l.account_id = w.a), (select count(*)::int from views s
    where s.content_id = w.c and s.account_id = w.a)
from unnest(%s::uuid[], %s::uuid[]) as w (c, a)
"""
_WRITE_POSTS = """
insert into contents (content_id, author_id, version, published_version, first_published_at,
    edited_at, deleted_at, likes, views)
select content_id, author_id, version, published_version, first_published_at, edited_at,
    case when is_deleted then %s::timestamptz end, likes, views
from jsonb_to_recordset(%s::jsonb) as t (content_id uuid, author_id uuid, version int,
    published_version int, first_published_at timestamptz, edited_at timestamptz, is_deleted bool,
    likes int, views int)
order by content_id
on conflict (content_id) do update set author_id = excluded.author_id, version = excluded.version,
    published_version = excluded.published_version,
    first_published_at = excluded.first_published_at, edited_at = excluded.edited_at,
    deleted_at = coalesce(contents.deleted_at, excluded.deleted_at), likes = excluded.likes,
    views = excluded.views
"""
_WRITE_VERSIONS = """
insert into versions (content_id, version, title, body, tags, state, verdict_no, reasons, note,
    appealed, written_at)
select content_id, version, title, body, tags, state, verdict_no, reasons, note, appealed,
    %s::timestamptz
from jsonb_to_recordset(%s::jsonb) as t (content_id uuid, version int, title text, body text,
    tags text[], state text, verdict_no bigint, reasons text[], note text, appealed bool)
on conflict (content_id, version) do update set state = excluded.state,
    verdict_no = excluded.verdict_no, reasons = excluded.reasons, note = excluded.note,
    appealed = excluded.appealed
"""
_UNTAG = "delete from content_tags where content_id = any (%s::uuid[])"
_TAG = """
insert into content_tags (tag, first_published_at, content_id)
select t.tag, c.first_published_at, c.content_id
from unnest(%s::text[], %s::uuid[]) as t (tag, content_id) join contents c using (content_id)
"""
_DELETE = (
    "delete from versions where content_id = any (%s::uuid[])",
    """
    update content_facts set body = (body::jsonb || '{"title": "", "body": "", "tags": []}')::text
    where content_id = any (%s::uuid[]) and version is not null and body::jsonb ? 'title'
    """,
    """
    update content_facts set body = (body::jsonb || '{"note": ""}')::text
    where content_id = any (%s::uuid[]) and version is not null and body::jsonb ? 'note'
    """,
)
# What readers did there does not name the author.
_FORGET = (
    """
    delete from fan_outs f using unnest(%s::uuid[], %s::uuid[]) as w (c, a)
    where f.content_id = w.c and f.author_id = w.a
    """,
    """
    update content_facts f set body = replace(f.body, w.a::text, ''),
        account_id = nullif(f.account_id, w.a)
    from unnest(%s::uuid[], %s::uuid[]) as w (c, a)
    where f.content_id = w.c and f.version is not null and position(w.a::text in f.body) > 0
    """,
    """
    update content_facts f set body = replace(f.body, w.a::text, ''), account_id = null
    from unnest(%s::uuid[], %s::uuid[]) as w (c, a)
    where f.account_id = w.a and f.content_id = w.c
    """,
    """
    delete from likes l using unnest(%s::uuid[], %s::uuid[]) as w (c, a)
    where l.content_id = w.c and l.account_id = w.a
    """,
    """
    delete from views s using unnest(%s::uuid[], %s::uuid[]) as w (c, a)
    where s.content_id = w.c and s.account_id = w.a
    """,
)


class PostgresContents:
    """ports.contents.ContentStore."""

    def __init__(self, database: Database, lines: LineEpochs) -> None:
        self._line = FactLine(database, lines, _FACTS)

    async def carry_out(
        self, generation: int | None, wishes: Sequence[ContentWish]
    ) -> Sequence[ContentAnswer]:
        """See ports.contents.ContentStore."""
        async with self._line.batch(generation, wishes) as batch:
            posts = await _read(batch, wishes)
            answers = [answer(batch, posts, index, wish) for index, wish in enumerate(wishes)]
            await _write(batch, posts)
            if posts.attention is not None:
                await content_attention.write(batch, posts.attention)
        return in_fact_order(answers)


async def _read(batch: LineBatch, wishes: Sequence[ContentWish]) -> Posts:
    erased = await hold_accounts(batch, (wish.account_id for wish in wishes))
    ids = sorted({wish.content_id for wish in wishes})
    posts = Posts(erased=erased)
    for row in await batch.fetch(_LOCK, (ids,)):
        posts.held[row[0]] = _post(row)
    changing = sorted({wish.content_id for wish in wishes if wish.act not in _READERS})
    for content_id, version, title, body, tags, state, *said in await batch.fetch(
        _VERSIONS, (changing,)
    ):
        verdict_no, reasons, note, is_appealed = said
        posts.held[content_id].versions[version] = PostVersion(
            draft=Draft(title=title, body=body, tags=tuple(tags)),
            state=PostState(state),
            verdict_no=verdict_no,
            reasons=tuple(reasons),
            note=note,
            is_appealed=is_appealed,
        )
    if erasing := [wish for wish in wishes if wish.act is ContentAct.ERASE]:
        asked = [each.content_id for each in erasing], [each.account_id for each in erasing]
        posts.traces = {
            (content_id, account_id): Traces(likes, views)
            for content_id, account_id, likes, views in await batch.fetch(_TRACES, asked)
            if likes or views
        }
    readers = [(each.content_id, each.account_id) for each in wishes if each.act in _READERS]
    if readers:
        posts.attention = await content_attention.read(batch, readers)
        posts.attention.counts = VisiblePosts(posts.held)
    return posts


def _post(row: Sequence[Any]) -> HeldPost:
    _, author_id, version, published, first_at, edited_at, is_deleted, likes, views = row
    return HeldPost(
        author_id=author_id,
        version=version,
        published=published,
        first_published_at=first_at,
        edited_at=edited_at,
        is_deleted=is_deleted,
        likes=likes,
        views=views,
    )


async def _write(batch: LineBatch, posts: Posts) -> None:
    if not posts.changed:
        return
    rows = [_row(content_id, post) for content_id, post in posts.changed.items()]
    await batch.fetch(_WRITE_POSTS, (batch.now, _json(rows)))
    versions = [
        _version_row(content_id, number, version)
        for content_id, post in posts.changed.items()
        for number, version in post.versions.items()
    ]
    if versions:
        await batch.fetch(_WRITE_VERSIONS, (batch.now, _json(versions)))
    if seen := sorted(posts.published | posts.deleted):
        await batch.fetch(_UNTAG, (seen,))
    if published := sorted(posts.published - posts.deleted):
        await _tag(batch, {each: posts.changed[each] for each in published})
        await begin_push(batch, published)
    if deleted := sorted(posts.deleted):
        await begin_withdrawal(batch, deleted)
        await batch.write()  # so that the facts of this batch are among those without a text
        for statement in _DELETE:
            await batch.fetch(statement, (deleted,))
    if posts.forgotten:
        await batch.write()
        for statement in _FORGET:
            await batch.fetch(statement, tuple(map(list, zip(*posts.forgotten, strict=True))))


async def _tag(batch: LineBatch, published: Mapping[str, HeldPost]) -> None:
    keys = sorted(
        {
            (tag_key(tag), content_id)
            for content_id, post in published.items()
            if post.published is not None
            for tag in post.versions[post.published].draft.tags
        }
    )
    if keys:
        await batch.fetch(_TAG, tuple(map(list, zip(*keys, strict=True))))


def _row(content_id: str, post: HeldPost) -> dict[str, Any]:
    return {
        "content_id": content_id,
        "author_id": post.author_id,
        "version": post.version,
        "published_version": post.published,
        "first_published_at": post.first_published_at,
        "edited_at": post.edited_at,
        "is_deleted": post.is_deleted,
        "likes": post.likes,
        "views": post.views,
    }


def _version_row(content_id: str, number: int, version: PostVersion) -> dict[str, Any]:
    draft = version.draft
    return {
        "content_id": content_id,
        "version": number,
        "title": draft.title,
        "body": draft.body,
        "tags": draft.tags,
        "state": str(version.state),
        "verdict_no": version.verdict_no,
        "reasons": version.reasons,
        "note": version.note,
        "appealed": version.is_appealed,
    }


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()
