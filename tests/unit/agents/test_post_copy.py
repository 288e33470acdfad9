"""The table of posts into its copy: what is written, filled, left alone, and tried again."""

from __future__ import annotations

from typing import Any

import pytest

from agents.contents.post_copy import AT_ONCE, MOST, CopiedPosts, Copying
from chatstream.errors import TransientFailure
from schemas import records
from tables.posts import PostTable
from tests.client.waiting import eventually
from tests.fakes.post_copies import Copied, FakePostCopy
from tests.fakes.tables import FakeTable, fake_app

AT = "2026-11-30T00:00:00.000Z"


def published(number: int, content_id: str, title: str = "제목") -> Any:
    return records.VersionPublished(
        request_id="r",
        account_id="a",
        fact_no=number,
        content_id=content_id,
        author_id="a",
        at=AT,
        version=1,
        title=title,
        body="글",
        first_published_at=AT,
    )


def deleted(number: int, content_id: str) -> Any:
    return records.ContentDeleted(
        request_id="r", account_id="a", fact_no=number, content_id=content_id, author_id="a", at=AT
    )


class World:
    """A worker with one partition, whose copy is looked at in every pass."""

    def __init__(self, copy: FakePostCopy | None = None, every: float = 0.0) -> None:
        self.kept = FakeTable("posts")
        self.kept.rows[0] = {}
        table: Any = self.kept
        self.posts = PostTable(fake_app(), table)
        self.copy = copy or FakePostCopy()
        self.copying = Copying(self.posts, self.copy, lambda: 0.0, every)
        self.counter = CopiedPosts(self.posts, self.copying)

    @property
    def part(self) -> Copied:
        return self.copy.parts[0]

    async def read(self, *facts: Any) -> None:
        cursor = await self.counter.count(0, facts[0].fact_no - 1, facts)
        await self.counter.line.move(0, cursor)

    async def bring(self) -> None:
        await self.copying.copy()
        while self.copying.is_filling:
            await self.copying.copy()

    def titles(self) -> dict[str, str]:
        return {name: post["title"] for name, post in self.part.posts.items()}


async def test_an_empty_copy_is_filled_and_then_only_what_changed_is_written() -> None:
    world = World()
    await world.read(published(1, "p"), published(2, "q"))
    await world.bring()
    assert (world.part.cursor, world.titles()) == (2, {"p": "제목", "q": "제목"})
    world.copy.asked.clear()
    await world.read(published(3, "p", "neu"), deleted(4, "q"))
    await world.bring()
    assert (world.part.cursor, world.titles()) == (4, {"p": "neu"})
    assert world.copy.asked == ["apply"]


async def test_a_worker_that_is_begun_anew_goes_on_where_the_copy_is() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.bring()
    heir = World(world.copy)
    heir.kept.rows = world.kept.rows
    await heir.bring()
    await heir.read(published(2, "p", "neu"))
    await heir.bring()
    assert (heir.part.cursor, heir.titles()) == (2, {"p": "neu"})
    assert world.copy.asked.count("begin") == 1


async def test_a_copy_that_is_behind_what_is_known_is_filled() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.bring()
    ahead = World(world.copy)
    ahead.kept.rows = world.kept.rows
    await ahead.posts.count(0, 1, [published(2, "p", "unseen")])
    await ahead.posts.line.move(0, 2)
    await ahead.bring()
    assert (ahead.part.cursor, ahead.titles()) == (2, {"p": "unseen"})
    assert world.copy.asked.count("begin") == 2


async def test_who_is_overtaken_writes_nothing() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.bring()
    await world.read(published(2, "p", "alt"))
    world.part.cursor, world.part.posts = 3, {}
    await world.bring()
    assert (world.part.cursor, world.titles()) == (3, {})


async def test_a_filling_goes_in_parts_and_has_what_changes_meanwhile() -> None:
    world = World()
    ids = [f"p{number:04}" for number in range(2 * AT_ONCE)]
    await world.read(*(published(at, each) for at, each in enumerate(ids, 1)))
    await world.copying.copy()
    await world.copying.copy()
    assert len(world.part.posts) == AT_ONCE
    assert world.part.cursor is None
    await world.read(deleted(2 * AT_ONCE + 1, ids[0]), published(2 * AT_ONCE + 2, ids[1], "neu"))
    await world.bring()
    assert world.part.cursor == 2 * AT_ONCE + 2
    assert set(world.titles()) == set(ids[1:])
    assert world.titles()[ids[1]] == "neu"


async def test_a_filling_that_somebody_else_took_over_is_given_up() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.copying.copy()
    await world.copy.begin(0, "another")
    world.copy.is_busy = True
    await world.bring()
    assert not world.copying.is_filling
    assert (world.part.token, world.part.posts) == ("another", {})
    await world.copy.finish(0, "another", 1)
    await world.bring()
    assert world.part.cursor == 1


async def test_a_part_of_which_nobody_knows_whether_it_came_is_never_sent_again() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.copying.copy()
    token = world.part.token
    assert token is not None
    world.copy.is_away = True
    with pytest.raises(TransientFailure):
        await world.copying.copy()
    world.copy.is_away = False
    await world.copying.copy()
    assert not await world.copy.fill(0, token, {"p": {"title": "late"}})
    await world.read(published(2, "p", "neu"))
    await world.bring()
    assert (world.part.cursor, world.titles()) == (2, {"p": "neu"})


async def test_what_is_too_much_to_be_written_at_once_is_filled() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.bring()
    many = [published(at, f"p{at}") for at in range(2, MOST + 3)]
    await world.read(*many)
    await world.bring()
    assert (world.part.cursor, len(world.part.posts)) == (MOST + 2, MOST + 2)
    assert world.copy.asked.count("begin") == 2


async def test_what_is_doubted_is_made_anew(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.bring()
    world.part.cursor, world.part.posts = 7, {"x": {"title": "foreign"}}
    world.copying.doubt(0)
    await world.bring()
    assert (world.part.cursor, world.titles()) == (1, {"p": "제목"})
    assert "partition 0 are ahead of their line" in caplog.text


async def test_what_is_taken_away_is_forgotten() -> None:
    world = World()
    await world.read(published(1, "p"))
    await world.copying.copy()
    assert world.copying.is_filling
    rows, world.kept.rows = world.kept.rows, {}
    await world.copying.copy()
    assert not world.copying.is_filling
    world.kept.rows = rows
    await world.bring()
    assert world.part.cursor == 1


async def test_an_outage_delays_the_copy_alone_and_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(every=0.01)
    world.copy.is_away = True

    async def is_told() -> bool:
        return "posts are not copied: redis: ConnectionError" in caplog.text

    async def is_copied() -> bool:
        return 0 in world.copy.parts and world.part.cursor == 1

    async with world.copying:
        await world.read(published(1, "p"))
        assert world.posts.post(0, "p") is not None
        await eventually(is_told)
        world.copy.is_away = False
        await eventually(is_copied)
    assert world.titles() == {"p": "제목"}
