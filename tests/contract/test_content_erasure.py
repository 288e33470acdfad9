"""ports.contents.ContentEraser on real Postgres: nothing names an account that was erased."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from chatstream.ports.accounts import Profile
from chatstream.ports.contents import ContentAct
from chatstream.ports.inspections import InspectionAct, Judgement
from infra.postgres.content_erasure import PostgresContentEraser
from tests.contract.content_rig import ACCEPT, LOOK, REFUSE, ContentRig, ask, inspect, wish

TABLES = (
    *("contents", "versions", "content_tags", "content_facts", "likes", "views", "fan_outs"),
    *("inspections", "inspection_facts", "model_questions"),
    *("subscriptions", "subscription_facts", "authors", "feed"),
)


async def named_in(contents: ContentRig, account_id: str) -> list[str]:
    """The tables with a row that names the account."""
    found = []
    for table in TABLES:
        sql = f"select 1 from {table} t where position(%s in t::text) > 0 limit 1"  # noqa: S608
        if await contents.database.fetch(sql, (account_id,)):
            found.append(table)
    return found


async def test_nothing_names_an_author_and_reader_who_left(contents: ContentRig) -> None:
    ann, bea, ops = str(uuid4()), str(uuid4()), str(uuid4())
    await contents.profiles.keep([Profile(ann, 1, f"u{uuid4().hex[:9]}", "아라")])
    seen = await contents.published(ann, title="남길 수 없는 글")
    refused = await contents.write(ann)
    await contents.inspected(refused, REFUSE)
    await contents.say(ask(InspectionAct.APPEAL, ann, refused, text="저는 아라예요"))
    decision = Judgement(REFUSE.verdict)
    told = await contents.say(
        ask(InspectionAct.REVIEW, ops, refused, judgement=decision, text="아라 님 글이에요")
    )
    await contents.heard(*told)
    waiting = await contents.write(ann)
    await contents.say(inspect(waiting, ACCEPT, asks_model=True))
    deleted = await contents.published(ann)
    foreign = await contents.published(bea)
    await contents.do(
        wish(ContentAct.LIKE, ann, foreign.content_id),
        wish(ContentAct.VIEW, ann, foreign.content_id),
        wish(ContentAct.LIKE, bea, seen.content_id),
        wish(ContentAct.LIKE, bea, deleted.content_id),
        wish(ContentAct.LIKE, ann, deleted.content_id),
        wish(ContentAct.DELETE, ann, deleted.content_id),
    )
    await contents.database.fetch(
        "insert into feed values (%s::uuid, now(), %s::uuid, %s::uuid)",
        (ann, foreign.content_id, bea),
    )
    eraser = PostgresContentEraser(contents.database)
    traces = await eraser.erase(ann)
    posts = {each.content_id for each in (seen, refused, waiting, foreign, deleted)}
    assert set(traces.posts) == posts
    assert traces.erased["inspections"] >= 3
    assert traces.erased["feed entries"] == 1
    await contents.do(*(wish(ContentAct.ERASE, ann, each) for each in traces.posts))
    after = await eraser.erase(ann)
    assert (list(after.posts), list(after.subscriptions), after.is_more) == ([], [], False)
    assert not any(after.erased.values())
    assert await named_in(contents, ann) == []
    rows = await contents.database.fetch(
        "select t::text from inspections t where content_id = %s::uuid union all"
        " select t::text from inspection_facts t where content_id = %s::uuid",
        (refused.content_id, refused.content_id),
    )
    assert rows
    assert not [row for (row,) in rows if "아라" in row], "nor does what was said of it"
    ((erased, user_id, name),) = await contents.database.fetch(
        "select erased, user_id, name from profiles where account_id = %s::uuid", (ann,)
    )
    assert (erased, user_id, name) == (True, None, None)


async def test_an_operator_who_left_is_not_named_and_the_decision_stays(
    contents: ContentRig,
) -> None:
    ann, ops = str(uuid4()), str(uuid4())
    written = await contents.write(ann)
    await contents.inspected(written, LOOK)
    decision = Judgement(REFUSE.verdict)
    await contents.say(ask(InspectionAct.REVIEW, ops, written, judgement=decision, text="광고예요"))
    traces = await PostgresContentEraser(contents.database).erase(ops)
    assert list(traces.posts) == []
    assert await named_in(contents, ops) == []
    rows: list[Any] = await contents.database.fetch(
        "select state, note, author_id::text from inspections where content_id = %s::uuid",
        (written.content_id,),
    )
    assert rows == [("refused", "광고예요", ann)]
