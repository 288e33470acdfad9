"""What is read of posts and inspections, on real Postgres."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Profile
from chatstream.ports.blocks import BlockNews
from chatstream.ports.contents import ContentAct
from chatstream.ports.inspections import InspectionAct
from infra.postgres.blocks import PostgresBlocks
from infra.postgres.content_reader import PostgresContentReader
from infra.postgres.inspection_reader import PostgresInspectionReader
from tests.contract.content_rig import ACCEPT, LOOK, REFUSE, ContentRig, ask, wish
from tests.contract.paging import every_entry, refuses_foreign_cursors


@pytest.fixture
def reader(contents: ContentRig) -> PostgresContentReader:
    return PostgresContentReader(contents.database)


@pytest.fixture
def queue(contents: ContentRig) -> PostgresInspectionReader:
    return PostgresInspectionReader(contents.database)


def edit(fact: Any, **text: Any) -> Any:
    return wish(ContentAct.EDIT, fact.author_id, fact.content_id, version=fact.version, **text)


async def name(contents: ContentRig, account_id: str) -> str:
    handle = f"u{uuid4().hex[:12]}"
    await contents.profiles.keep([Profile(account_id, 1, handle, "아라")])
    return handle


async def test_its_author_sees_a_post_before_others_do(
    contents: ContentRig, reader: PostgresContentReader
) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    handle = await name(contents, ann)
    written = await contents.write(ann, title="첫 글")
    own = await reader.content(written.content_id, ann)
    assert own is not None
    assert (own.title, own.user_id, own.published_at) == ("첫 글", handle, None)
    assert own.mine is not None
    assert (own.mine.version, own.mine.state) == (1, "inspecting")
    assert await reader.content(written.content_id, bea) is None
    (seen,) = await contents.inspected(written)
    (second,) = await contents.do(edit(seen, title="둘째"))
    await contents.inspected(second, REFUSE)
    own = await reader.content(written.content_id, ann)
    other = await reader.content(written.content_id, bea)
    assert own is not None
    assert other is not None
    assert (own.version, own.title, other.title) == (1, "첫 글", "첫 글")
    assert other.mine is None
    assert own.mine is not None
    assert (own.mine.state, own.mine.reasons) == ("refused", ["banned_word"])
    await contents.do(wish(ContentAct.DELETE, ann, written.content_id))
    assert await reader.content(written.content_id, ann) is None
    assert await reader.content(str(uuid4()), ann) is None


async def test_versions_are_the_authors_alone(
    contents: ContentRig, reader: PostgresContentReader
) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    hidden = await contents.write(ann)
    seen = await contents.published(ann)
    await contents.do(edit(seen, body="둘째 글"))
    found = await reader.versions(seen.content_id, ann)
    assert [(each.version, each.state) for each in found] == [(2, "inspecting"), (1, "published")]
    for content_id, code in (
        (seen.content_id, ErrorCode.NOT_THE_AUTHOR),
        (hidden.content_id, ErrorCode.CONTENT_NOT_FOUND),
        (str(uuid4()), ErrorCode.CONTENT_NOT_FOUND),
    ):
        with pytest.raises(UserError) as caught:
            await reader.versions(content_id, bea)
        assert caught.value.code is code


async def test_lists_are_pages_of_what_is_published_newest_first(
    contents: ContentRig, reader: PostgresContentReader
) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    tag = f"태그{uuid4().hex[:8]}"
    posts = [await contents.published(ann, title=f"글 {n}", tags=(tag,)) for n in range(5)]
    await contents.write(ann, tags=(tag,))
    gone = await contents.published(ann, tags=(tag,))
    await contents.do(wish(ContentAct.DELETE, ann, gone.content_id))
    (again,) = await contents.do(edit(posts[0], title="고친 글", tags=("다른",)))
    await contents.inspected(again)

    async def by_author(cursor: str | None, limit: int) -> Any:
        return await reader.of_author(ann, bea, cursor=cursor, limit=limit)

    async def by_tag(cursor: str | None, limit: int) -> Any:
        return await reader.of_tag(tag, bea, cursor=cursor, limit=limit)

    ids = [each.content_id for each in posts][::-1]
    found = await every_entry(by_author, 2)
    assert [each.content_id for each in found] == ids
    assert found[-1].title == "고친 글"
    assert [each.content_id for each in await every_entry(by_tag, 2)] == ids[:-1]
    await refuses_foreign_cursors(by_author)


async def test_a_tag_is_found_however_its_case_and_width_are_written(
    contents: ContentRig, reader: PostgresContentReader
) -> None:
    ann, word = str(uuid4()), f"tag{uuid4().hex[:8]}"
    wide = "".join(chr(ord(each) + 0xFEE0) for each in word)
    post = await contents.published(ann, tags=(word.title(), "Straße"))
    for tag in (word, word.upper(), wide):
        found, _ = await reader.of_tag(tag, ann, cursor=None, limit=9)
        assert [(each.content_id, each.tags) for each in found] == [
            (post.content_id, [word.title(), "Straße"])
        ], tag


async def test_nothing_is_listed_of_who_blocks_or_is_blocked(
    contents: ContentRig, reader: PostgresContentReader
) -> None:
    ann, bea, cid, dan = (str(uuid4()) for _ in range(4))
    tag = f"태그{uuid4().hex[:8]}"
    post = await contents.published(ann, tags=(tag,))
    blocks = PostgresBlocks(contents.database)
    await blocks.keep([BlockNews(ann, bea, 1, True), BlockNews(cid, ann, 1, True)])
    for who, count in ((bea, 0), (cid, 0), (dan, 1), (ann, 1)):
        assert len((await reader.of_author(ann, who, cursor=None, limit=9))[0]) == count
        assert len((await reader.of_tag(tag, who, cursor=None, limit=9))[0]) == count
        assert len(await reader.visible([post.content_id, str(uuid4())], who)) == count
    await blocks.keep([BlockNews(ann, bea, 2, False)])
    assert set(await reader.visible([post.content_id], bea)) == {post.content_id}


async def test_likes_show_in_what_is_read(
    contents: ContentRig, reader: PostgresContentReader
) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    post = await contents.published(ann)
    await contents.do(
        wish(ContentAct.LIKE, bea, post.content_id), wish(ContentAct.VIEW, bea, post.content_id)
    )
    mine = await reader.content(post.content_id, bea)
    other = await reader.content(post.content_id, ann)
    assert mine is not None
    assert other is not None
    assert (mine.likes, mine.views, mine.is_liked, other.is_liked) == (1, 1, True, False)


async def test_operators_see_both_versions_the_longest_waiting_first(
    contents: ContentRig, queue: PostgresInspectionReader
) -> None:
    await contents.database.fetch("update inspections set state = 'superseded'")
    ann = str(uuid4())
    seen = await contents.published(ann, body="첫 글")
    (second,) = await contents.do(edit(seen, body="둘째 글"))
    await contents.inspected(second, LOOK)
    others = []
    for _ in range(3):
        other = await contents.write(str(uuid4()))
        await contents.inspected(other, LOOK)
        others.append(other.content_id)
    gone = await contents.write(ann)
    await contents.inspected(gone, LOOK)
    await contents.do(wish(ContentAct.DELETE, ann, gone.content_id))

    async def waiting(cursor: str | None, limit: int) -> Any:
        return await queue.inspections(state="review", cursor=cursor, limit=limit)

    found = await every_entry(waiting, 2)
    assert [each.content_id for each in found] == [seen.content_id, *others]
    first = found[0]
    assert (first.inspected.version, first.inspected.body) == (2, "둘째 글")
    assert (first.judge, first.inspected.reasons) == ("rules", ["links"])
    assert first.published is not None
    assert first.published.body == "첫 글"
    assert found[1].published is None
    await refuses_foreign_cursors(waiting)
    assert await queue.inspection(gone.content_id, 1) is None
    one = await queue.inspection(seen.content_id, 2)
    assert one == first


async def test_an_appeal_shows_what_its_author_says(
    contents: ContentRig, queue: PostgresInspectionReader
) -> None:
    ann = str(uuid4())
    written = await contents.write(ann)
    await contents.inspected(written, REFUSE)
    (fact,) = await contents.say(ask(InspectionAct.APPEAL, ann, written, text="다시 봐 주세요"))
    await contents.heard(fact)
    found = await queue.inspection(written.content_id, 1)
    assert found is not None
    assert (found.state, found.text, found.inspected.is_appealed) == (
        "review",
        "다시 봐 주세요",
        True,
    )
    accepted = await contents.say(
        ask(InspectionAct.REVIEW, str(uuid4()), written, judgement=ACCEPT, text="인용이에요")
    )
    await contents.heard(*accepted)
    found = await queue.inspection(written.content_id, 1)
    assert found is not None
    assert (found.state, found.judge, found.inspected.state) == (
        "accepted",
        "operator",
        "published",
    )
