"""ports.contents.ContentStore on real Postgres: versions, verdicts, repeats, deletion, erasure."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.content.posts import ContentVerdict, SaidOfVersion
from chatstream.domain.lines import REFUSED
from chatstream.errors import Fenced
from chatstream.ports.contents import ContentAct
from infra.postgres.contents import PostgresContents
from infra.postgres.epochs import LineEpochs
from infra.postgres.facts import PostgresFacts
from schemas import records
from schemas.contexts.contents import CONTENT
from schemas.databases import CONTENT as LINEAGE
from tests.contract.content_rig import (
    ACCEPT,
    GENERATION,
    LOOK,
    REFUSE,
    ContentRig,
    codes,
    inspect,
    wish,
    write,
)


def edit(who: str, fact: Any, **more: Any) -> Any:
    more.setdefault("version", fact.version)
    return wish(ContentAct.EDIT, who, fact.content_id, **more)


def delete(who: str, content_id: str, version: int | None = None) -> Any:
    return wish(ContentAct.DELETE, who, content_id, version=version)


async def test_nobody_sees_a_post_before_it_has_passed(contents: ContentRig) -> None:
    ann = str(uuid4())
    written = await contents.write(ann)
    assert (written.version, written.author_id, written.tags) == (1, ann, ("일상",))
    assert await contents.row(written.content_id) == (1, None, False)
    (seen,) = await contents.inspected(written)
    assert (seen.version, seen.title, seen.body) == (1, "첫 글", "안녕하세요")
    assert (seen.first_published_at, seen.edited_at) == (seen.at, None)
    assert await contents.row(written.content_id) == (1, 1, False)
    assert await contents.states(written.content_id) == {1: "published"}


async def test_a_repeat_is_one_post_and_an_id_is_one_authors(contents: ContentRig) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    asked = write(ann, str(uuid4()))
    (first,) = await contents.do(asked)
    assert await contents.do(asked) == [first]
    again, other, foreign = await contents.do(
        write(ann, first.content_id),
        write(ann, first.content_id, body="다른 글"),
        write(bea, first.content_id),
    )
    assert (again.version, again.state) == (1, "inspecting")
    assert codes([other, foreign]) == ["CONTENT_ID_REUSED"] * 2
    await contents.do(edit(ann, first, title="둘째"))
    (late,) = await contents.do(write(ann, first.content_id))
    assert (type(late), late.version) == (records.ContentUnchanged, 2)


async def test_what_is_published_stays_until_the_next_version_has_passed(
    contents: ContentRig,
) -> None:
    ann = str(uuid4())
    first = await contents.published(ann)
    (second,) = await contents.do(edit(ann, first, title="새 제목"))
    assert (second.version, second.title, second.body) == (2, "새 제목", "안녕하세요")
    assert await contents.row(first.content_id) == (2, 1, False)
    (refused,) = await contents.inspected(second, REFUSE)
    assert (type(refused), refused.reasons) == (records.VersionRefused, ("banned_word",))
    assert await contents.row(first.content_id) == (2, 1, False)
    (third,) = await contents.do(edit(ann, second, body="고친 글"))
    (seen,) = await contents.inspected(third)
    assert seen.first_published_at == first.first_published_at
    assert seen.edited_at == seen.at
    assert await contents.states(first.content_id) == {
        1: "superseded",
        2: "refused",
        3: "published",
    }


async def test_a_verdict_of_an_older_version_publishes_nothing(contents: ContentRig) -> None:
    ann = str(uuid4())
    first = await contents.write(ann)
    (accepted,) = await contents.say(inspect(first, ACCEPT))
    (second,) = await contents.do(edit(ann, first, body="둘째 글"))
    (late,) = await contents.heard(accepted)
    assert isinstance(late, records.ContentUnchanged)
    assert await contents.row(first.content_id) == (2, None, False)
    assert await contents.states(first.content_id) == {1: "superseded", 2: "inspecting"}
    await contents.inspected(second, LOOK)
    assert (await contents.states(first.content_id))[2] == "review"


async def test_a_verdict_counts_once_and_none_before_it(contents: ContentRig) -> None:
    ann = str(uuid4())
    written = await contents.write(ann)

    def said(verdict: ContentVerdict, number: int) -> Any:
        its = SaidOfVersion(verdict=verdict, number=number)
        return wish(ContentAct.APPLY_VERDICT, ann, written.content_id, version=1, verdict=its)

    told = await contents.do(
        said(ContentVerdict.REVIEW, 5),
        said(ContentVerdict.REFUSED, 4),
        said(ContentVerdict.REVIEW, 6),
        said(ContentVerdict.ACCEPTED, 7),
        said(ContentVerdict.REFUSED, 8),
    )
    assert sorted(codes(told)) == [
        "ContentUnchanged",
        "ContentUnchanged",
        "ContentUnchanged",
        "VersionInReview",
        "VersionPublished",
    ]
    assert await contents.states(written.content_id) == {1: "published"}


async def test_only_its_author_changes_the_latest_version(contents: ContentRig) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    hidden = await contents.write(ann)
    seen = await contents.published(ann)
    nothing = str(uuid4())
    told = await contents.do(
        edit(bea, hidden, title="x"),
        edit(bea, seen, title="x"),
        edit(ann, seen, title="x", version=7),
        wish(ContentAct.EDIT, ann, nothing, version=1, title="x"),
        delete(bea, seen.content_id),
        delete(bea, hidden.content_id),
        delete(ann, seen.content_id, 7),
        delete(ann, nothing),
    )
    assert codes(told) == [
        "CONTENT_NOT_FOUND",
        "NOT_THE_AUTHOR",
        "VERSION_CONFLICT",
        "CONTENT_NOT_FOUND",
        "NOT_THE_AUTHOR",
        "CONTENT_NOT_FOUND",
        "VERSION_CONFLICT",
        "CONTENT_NOT_FOUND",
    ]
    assert [told[2].version, told[6].version] == [1, 1]


async def test_an_edit_that_is_there_already_changes_nothing_whatever_it_knew(
    contents: ContentRig,
) -> None:
    ann = str(uuid4())
    first = await contents.write(ann)
    (second,) = await contents.do(edit(ann, first, title="둘째"))
    (again,) = await contents.do(edit(ann, first, title="둘째"))
    assert (type(again), again.version) == (records.ContentUnchanged, second.version)
    assert (await contents.row(first.content_id))[0] == 2


async def test_a_deleted_post_leaves_no_text_and_its_id_is_never_used_again(
    contents: ContentRig,
) -> None:
    ann = str(uuid4())
    seen = await contents.published(ann, title="비밀 제목", body="비밀 글", tags=("비밀",))
    (edited,) = await contents.do(edit(ann, seen, body="비밀 글 둘"))
    # written and deleted in one batch as well
    other = str(uuid4())
    told = await contents.do(
        delete(ann, seen.content_id), write(ann, other, title="비밀 둘"), delete(ann, other)
    )
    assert sorted(codes(told)) == ["ContentDeleted", "ContentDeleted", "VersionWritten"]
    for table in ("contents", "versions", "content_tags", "content_facts"):
        rows = await contents.database.fetch(
            f"select t::text from {table} t where content_id = any (%s::uuid[])",  # noqa: S608
            ([seen.content_id, other],),
        )
        assert not [row for (row,) in rows if "비밀" in row], table
    assert await contents.row(seen.content_id) == (2, None, True)
    once_more, anew, late, changed = await contents.do(
        delete(ann, seen.content_id),
        write(ann, seen.content_id),
        wish(
            ContentAct.APPLY_VERDICT,
            ann,
            seen.content_id,
            version=2,
            verdict=SaidOfVersion(verdict=ContentVerdict.ACCEPTED, number=99),
        ),
        edit(ann, edited, body="x"),
    )
    assert codes([once_more, anew, late, changed]) == [
        "ContentUnchanged",
        "CONTENT_ID_REUSED",
        "ContentUnchanged",
        "CONTENT_NOT_FOUND",
    ]


async def test_a_refusal_stays_one_when_its_record_comes_again(contents: ContentRig) -> None:
    ann, content_id = str(uuid4()), str(uuid4())
    early = wish(ContentAct.EDIT, ann, content_id, version=1, title="둘째")
    (first,) = await contents.do(early)
    assert first.code == "CONTENT_NOT_FOUND"
    await contents.write(ann, content_id)
    (again,) = await contents.do(early)
    assert (again.code, again.reason) == ("CONTENT_NOT_FOUND", REFUSED)
    assert await contents.row(content_id) == (1, None, False)


async def test_an_erased_author_publishes_nothing_and_the_posts_go(contents: ContentRig) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    seen = await contents.published(ann, body="안에 담긴 글")
    waiting = await contents.write(ann)
    foreign = await contents.published(bea)
    await contents.database.fetch(
        "insert into likes values (%s::uuid, %s::uuid, now())", (foreign.content_id, ann)
    )
    await contents.database.fetch(
        "insert into views values (%s::uuid, %s::uuid, current_date, now())",
        (foreign.content_id, ann),
    )
    await contents.database.fetch(
        "update contents set likes = 3, views = 4 where content_id = %s::uuid",
        (foreign.content_id,),
    )
    await contents.leave(ann)
    assert await contents.inspected(waiting) == []
    said = SaidOfVersion(verdict=ContentVerdict.ACCEPTED, number=99)
    (late,) = await contents.do(
        wish(ContentAct.APPLY_VERDICT, ann, waiting.content_id, version=1, verdict=said)
    )
    assert isinstance(late, records.ContentUnchanged)
    (written,) = await contents.do(write(ann, str(uuid4())))
    assert written.code == "NOT_AUTHENTICATED"
    asked = [wish(ContentAct.ERASE, ann, each.content_id) for each in (seen, waiting, foreign)]
    told = {each.content_id: each for each in await contents.do(*asked)}
    assert isinstance(told[seen.content_id], records.ContentDeleted)
    assert isinstance(told[waiting.content_id], records.ContentDeleted)
    traces = told[foreign.content_id]
    assert (type(traces), traces.likes, traces.views) == (records.TracesErased, 2, 3)
    assert {each.account_id for each in told.values()} == {""}
    for table in ("contents", "likes", "views"):
        rows = await contents.database.fetch(f"select t::text from {table} t")  # noqa: S608
        assert not [row for (row,) in rows if ann in row], table
    once_more = [wish(ContentAct.ERASE, ann, each.content_id) for each in (seen, foreign)]
    assert codes(await contents.do(*once_more)) == ["ContentUnchanged"] * 2


async def test_a_first_publication_is_to_be_pushed_and_its_tags_are_found(
    contents: ContentRig,
) -> None:
    ann = str(uuid4())
    tag = f"태그{uuid4().hex[:8]}"
    first = await contents.published(ann, tags=(tag, "하나"))
    by_tag = "select content_id::text from content_tags where tag = %s"
    assert await contents.database.fetch(by_tag, (tag,)) == [(first.content_id,)]
    (second,) = await contents.do(edit(ann, first, tags=("둘",)))
    assert await contents.database.fetch(by_tag, (tag,)) == [(first.content_id,)]
    await contents.inspected(second)
    assert await contents.database.fetch(by_tag, (tag,)) == []
    pushed = await contents.database.fetch(
        "select author_id::text, is_withdrawn from fan_outs where content_id = %s::uuid",
        (first.content_id,),
    )
    assert pushed == [(ann, False)]
    await contents.do(delete(ann, first.content_id))
    assert await contents.database.fetch(by_tag, (tag,)) == []
    withdrawn = await contents.database.fetch(
        "select is_withdrawn from fan_outs where content_id = %s::uuid", (first.content_id,)
    )
    assert withdrawn == [(True,)]


async def test_likes_and_views_count_in_the_order_of_what_else_is_asked(
    contents: ContentRig,
) -> None:
    ann, bea, cid = str(uuid4()), str(uuid4()), str(uuid4())
    post = await contents.published(ann)

    def act(what: ContentAct, who: str) -> Any:
        return wish(what, who, post.content_id)

    told = await contents.do(
        act(ContentAct.LIKE, bea),
        act(ContentAct.LIKE, bea),
        act(ContentAct.VIEW, cid),
        act(ContentAct.VIEW, cid),
        act(ContentAct.LIKE, cid),
        act(ContentAct.UNLIKE, bea),
        delete(ann, post.content_id),
        act(ContentAct.LIKE, ann),
    )
    assert sorted(codes(told)) == [
        "CONTENT_NOT_FOUND",
        *("ContentDeleted", "ContentLiked", "ContentLiked"),
        *("ContentUnchanged", "ContentUnchanged", "ContentUnliked", "ContentViewed"),
    ]
    counts = await contents.database.fetch(
        "select likes, views from contents where content_id = %s::uuid", (post.content_id,)
    )
    assert counts == [(1, 1)]


async def test_facts_are_read_back_as_they_were_told(contents: ContentRig) -> None:
    ann = str(uuid4())
    asked = write(ann, str(uuid4()))
    (answer,) = await contents.contents.carry_out(GENERATION, [asked])
    assert answer.fact_no is not None
    facts = PostgresFacts({}, {}, {LINEAGE: contents.database})
    kept = await facts.facts(
        CONTENT.response.name, asked.partition, answer.fact_no - 1, answer.fact_no
    )
    assert kept == [(answer.fact_no, answer.body)]


async def test_a_worker_that_was_replaced_is_fenced(contents: ContentRig) -> None:
    content_id = str(uuid4())
    await contents.do(write(str(uuid4()), content_id))
    heir = PostgresContents(contents.database, LineEpochs(contents.database, CONTENT.response.name))
    await heir.carry_out(2, [wish(ContentAct.DELETE, str(uuid4()), content_id)])
    with pytest.raises(Fenced):
        await contents.do(wish(ContentAct.DELETE, str(uuid4()), content_id))
