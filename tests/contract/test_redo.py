"""A restored state is brought forward by the log: every row as it was, under real Postgres."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents.contents.following import inspect_of
from chatstream.commands.redoing import RedoError, redo
from chatstream.commands.restoring import heads_of, raise_heads
from chatstream.domain.redo import MissingFacts
from chatstream.domain.times import now_text
from chatstream.errors import ConfigurationError
from chatstream.ports.coupons import CampaignAct, ClaimWish, OperatorWish, ReturnWish, UseWish
from infra.postgres import dumps
from schemas import records
from schemas.contexts.messages import MESSAGE
from tests.client.known import rows, rows_touched
from tests.contract.redo_rig import (
    MASKED,
    PARTITIONS,
    REFUSED,
    World,
    dsns_of,
    own_settings,
    rows_of,
)
from tests.fakes.coupons import OPENS, claim, place_of, terms


def silent(_: str) -> None:
    """Nobody listens."""


@dataclass
class Story:
    """What people do before and after the dump."""

    world: World
    room: str = field(default_factory=lambda: str(uuid.uuid4()))
    other: str = field(default_factory=lambda: str(uuid.uuid4()))
    ids: dict[str, str] = field(default_factory=dict)
    posts: list[str] = field(default_factory=lambda: [str(uuid.uuid4()) for _ in range(4)])

    def asked(self, kind: type[Any], who: str, /, **fields: Any) -> Any:
        """A wish of somebody, with an id of its own."""
        names = kind.__struct_fields__
        known = {
            "request_id": str(uuid.uuid4()),
            "account_id": self.ids[who],
            "user_id": who,
            "user_name": who.title(),
            "requested_at": now_text(),
        }
        given = {name: each for name, each in known.items() if name in names}
        return kind(**given, **fields)

    def says(self, who: str, text: str, room: str = "", **fields: Any) -> records.SendMessage:
        """A message."""
        wish: records.SendMessage = self.asked(
            records.SendMessage,
            who,
            room_id=room or self.room,
            message_id=str(uuid.uuid4()),
            message=text,
            **fields,
        )
        return wish

    async def begin(self) -> None:
        """People in a room, who have said something."""
        for handle in ("ara", "bora", "chan", "dan"):
            self.ids[handle] = await self.world.sign_up(handle)
        made = self.asked(records.CreateRoom, "ara", room_id=self.room, kind="open", name="room")
        await self.world.room(made)
        for handle in ("bora", "chan", "dan"):
            await self.world.room(self.asked(records.EnterRoom, handle, room_id=self.room))
        await self.world.messages(*(self.says("ara", f"hello {n}") for n in range(3)))
        friend = self.asked(records.AddFriend, "ara", target_user_id="bora")
        await self.world.friend(friend)
        for post in self.posts[:2]:
            await self.publish("ara", post, f"first {post}")

    async def go_on(self) -> None:
        """Everything that leads to a row."""
        await self.talk()
        await self.meet()
        await self.write_posts()
        world, room = self.world, self.room
        until = "2100-01-01T00:00:00.000Z"
        muted = self.asked(records.ImposeSanction, "bora", room_id=None, reason="rate",
                           detail="", since=now_text(), until=until)  # fmt: skip
        await self.claim()
        await world.messages(self.says("bora", "the last before"))
        await world.sanction(muted)
        await world.messages(self.says("dan", "I go"))
        await world.account(self.asked(records.EraseAccount, "dan"))
        for post in (self.posts[1], self.posts[3]):
            await world.post(self.asked(records.EraseContent, "dan", content_id=post))
        leave = {"author_id": self.ids["ara"]}
        await world.subscribe(self.asked(records.EraseSubscription, "dan", **leave))
        await world.messages(self.says("ara", "who is gone?"))
        await world.room(self.asked(records.DeleteRoom, "eun", room_id=self.other))
        await world.room(self.asked(records.EraseMember, "dan", room_id=room))

    async def talk(self) -> None:
        """Messages that are stored, masked, refused, quoted, edited, deleted, shown as notice."""
        world, room = self.world, self.room
        first = self.says("ara", "one @chan")
        reply = self.says("chan", "two", reply_to=first.message_id)
        masked, refused = self.says("ara", MASKED), self.says("ara", REFUSED)
        await world.messages(first, reply, masked, refused, first)
        edit = self.asked(records.EditMessage, "ara", room_id=room, message="edited",
                          message_id=first.message_id)  # fmt: skip
        delete = self.asked(records.DeleteMessage, "chan", room_id=room,
                            message_id=reply.message_id)  # fmt: skip
        await world.messages(edit, delete, self.says("ara", "three"))
        notice = self.asked(records.SetNotice, "ara", room_id=room, message_id=first.message_id)
        await world.notice(notice)
        await world.read(room, self.ids["bora"], 4)
        await world.save(room, self.ids["bora"], first.message_id)

    async def publish(self, who: str, content_id: str, body: str) -> None:
        """A new post that has passed."""
        wish = self.asked(records.WriteContent, who, content_id=content_id, title="글",
                          body=body, tags=("일상",))  # fmt: skip
        await self.inspect(await self.world.post(wish), "accepted")

    async def inspect(self, written: Any, verdict: str) -> None:
        """The rules say this of a version."""
        wish = inspect_of(written)
        assert wish is not None
        await self.world.judged(wish, verdict)

    async def write_posts(self) -> None:
        """An edit that passes after an appeal, one that comes before a verdict; likes, an end."""
        world, (first, second, third, fourth) = self.world, self.posts
        for who in ("bora", "dan"):
            its = {"author_id": self.ids["ara"]}
            await world.subscribe(self.asked(records.SubscribeToAuthor, who, **its))
            await world.post(self.asked(records.LikeContent, who, content_id=second))
            await world.post(self.asked(records.ViewContent, who, content_id=second))
        await world.subscribe(self.asked(records.UnsubscribeFromAuthor, "bora", **its))
        await world.post(self.asked(records.UnlikeContent, "bora", content_id=second))
        edit = self.asked(records.EditContent, "ara", content_id=first, version=1, body="second")
        await self.inspect(await world.post(edit), "refused")
        about = {"content_id": first, "version": 2}
        await world.judged(self.asked(records.AppealVersion, "ara", **about, text="again, please"))
        decided = {"decision": "accept", "note": "it quotes"}
        review = self.asked(records.ReviewVersion, "chan", **about, **decided)
        await world.judged(review, "accepted")
        await self.publish("ara", third, "the third")
        await self.publish("dan", fourth, "the fourth")
        edit = self.asked(records.EditContent, "ara", content_id=third, version=1, body="later")
        written = await world.post(edit)
        edit = self.asked(records.EditContent, "ara", content_id=third, version=2, body="last")
        latest = await world.post(edit)
        await self.inspect(latest, "review")
        assert written.version < latest.version
        await world.post(self.asked(records.DeleteContent, "ara", content_id=first))

    async def claim(self) -> None:
        """Two campaigns, one of two slices that is sold out, one that is changed and cancelled."""
        campaign_id, other = str(uuid.uuid4()), str(uuid.uuid4())
        operator = str(uuid.uuid4())
        asks: list[tuple[str, CampaignAct, dict[str, Any]]] = [
            (campaign_id, CampaignAct.CREATE, {"terms": terms(stock=3, partitions=2)}),
            (other, CampaignAct.CREATE, {"terms": terms()}),
            (other, CampaignAct.CHANGE, {"changes": {"stock": 7}}),
            (other, CampaignAct.CANCEL, {}),
        ]
        for name, act, more in asks:
            wish = OperatorWish(0, str(uuid.uuid4()), operator, name, act, **more)
            await self.world.campaign(wish)
        offsets: Counter[int] = Counter()

        def placed(account_id: str) -> ClaimWish:
            _, partition = place_of(campaign_id, account_id, 2)
            offsets[partition] += 1
            name = str(uuid.uuid4())
            return claim(campaign_id, account_id, name, offsets[partition], OPENS, 2)

        asked = [placed(self.ids[each]) for each in ("ara", "bora", "chan", "eun")]
        facts = await self.world.claims(*asked)
        got = {each.claim_id: each.coupon_id for each in facts if hasattr(each, "coupon_code")}
        used, back = [wish for wish in asked if wish.request_id in got][:2]
        base = {
            wish.request_id: {
                "partition": wish.partition,
                "offset": 50,
                "appended_at": OPENS,
                "slice": wish.slice,
                "request_id": str(uuid.uuid4()),
                "account_id": wish.account_id,
                "campaign_id": campaign_id,
                "coupon_id": got[wish.request_id],
            }
            for wish in (used, back)
        }
        await self.world.claims(UseWish(**base[used.request_id], reference="order 7"))
        await self.world.claims(ReturnWish(**base[back.request_id]))
        # Facts of uses tell no offsets: the last of each partition is a claim's.
        offsets = Counter(dict.fromkeys(range(PARTITIONS), 60))
        await self.world.claims(*(placed(str(uuid.uuid4())) for _ in range(9)))

    async def meet(self) -> None:
        """A new account, its room and its new name; who leaves, is blocked, is no friend."""
        world, room, other = self.world, self.room, self.other
        self.ids["eun"] = await world.sign_up("eun")
        made = self.asked(records.CreateRoom, "eun", room_id=other, kind="group", name="",
                          participants=("ara", "bora"))  # fmt: skip
        await world.room(made)
        await world.account(self.asked(records.ChangeProfile, "eun", name="은이"))
        await world.notice(self.asked(records.SetNotice, "eun", room_id=other, text="rules"))
        await world.messages(self.says("eun", "hello", other))
        leave = self.asked(records.RemoveMember, "chan", room_id=room, member_user_id="chan")
        await world.room(leave)
        await world.room(self.asked(records.ChangeRoom, "ara", room_id=room, name="new"))
        await world.friend(self.asked(records.BlockUser, "bora", target_user_id="chan"))
        await world.friend(self.asked(records.RemoveFriend, "ara", target_user_id="bora"))


@asynccontextmanager
async def begun(postgres: Any, folder: Path) -> AsyncIterator[Story]:
    """A story before its dump, in databases of its own that end with the block."""
    with own_settings(postgres.lineages, folder / "keys") as settings:
        world = World(settings)
        await world.open()
        story = Story(world)
        await story.begin()
        yield story
        await world.stores.close()


@pytest.fixture
async def story(postgres: Any, tmp_path: Path) -> AsyncIterator[Story]:
    async with begun(postgres, tmp_path) as story:
        folder = tmp_path / "dumps"
        folder.mkdir()
        await asyncio.to_thread(story.world.dump, folder)
        await story.go_on()
        yield story


async def test_every_row_is_as_it_was_and_every_line_goes_on_where_it_was(
    story: Story, tmp_path: Path
) -> None:
    world, dsns = story.world, dsns_of(story.world.settings)
    known, heads = dict(rows_of(dsns)), heads_of(dsns)
    await world.stores.close()
    world.restore(tmp_path / "dumps")
    behind = sum(heads.values()) - sum(heads_of(dsns).values())
    done = await redo(world.settings, world.log(), heads_of(dsns), silent)
    assert not done.gaps
    assert done.facts == behind > 0
    found = dict(rows_of(dsns))
    for name, each in known.items():
        assert found[name] == each, name
    assert heads_of(dsns) == heads


async def test_the_same_log_does_nothing_twice(story: Story, tmp_path: Path) -> None:
    world, dsns = story.world, dsns_of(story.world.settings)
    known = dict(rows_of(dsns))
    await world.stores.close()
    done = await redo(world.settings, world.log(), heads_of(dsns), silent)
    assert done.facts == 0
    assert dict(rows_of(dsns)) == known


async def test_a_line_whose_wish_is_gone_stops_there_and_its_numbers_are_not_given_again(
    story: Story, tmp_path: Path
) -> None:
    world, dsns = story.world, dsns_of(story.world.settings)
    heads = heads_of(dsns)
    await world.stores.close()
    world.restore(tmp_path / "dumps")
    (edit,) = [each for each in world.logged if b'"editMessage"' in (each.value or b"")]
    world.logged.remove(edit)
    line = (MESSAGE.response.name, edit.partition)
    before = heads_of(dsns)[line]
    done = await redo(world.settings, world.log(), heads_of(dsns), silent)
    assert MissingFacts(line, before + 3, heads[line]) in done.gaps
    raise_heads(dsns, {gap.line: gap.last for gap in done.gaps})
    assert heads_of(dsns) == heads


async def test_a_fact_that_becomes_another_ends_it(story: Story, tmp_path: Path) -> None:
    world, dsns = story.world, dsns_of(story.world.settings)
    await world.stores.close()
    world.restore(tmp_path / "dumps")
    # In the restored state the sender is outside: what was accepted would be refused.
    for name, dsn in dsns.items():
        if name.startswith("chat-"):
            rows_touched(dsn, "delete from members")
    with pytest.raises(RedoError, match=r"chatMessage.* became"):
        await redo(world.settings, world.log(), heads_of(dsns), silent)


async def test_a_dump_is_whole_or_nothing_and_older_writers_are_fenced(
    story: Story, tmp_path: Path
) -> None:
    dsn = dsns_of(story.world.settings)["auth"]
    await story.world.stores.close()
    before = max(rows(dsn, "select epoch from lines"))
    with pytest.raises(FileExistsError):
        dumps.dump(dsn, tmp_path / "dumps" / "auth")
    cut = tmp_path / "cut"
    cut.write_bytes((tmp_path / "dumps" / "auth").read_bytes()[:-4000])
    with pytest.raises(ConfigurationError, match="pg_restore of redo_"):
        dumps.restore(dsn, cut)
    assert not any(dumps.counts(dsn).values())
    dumps.restore(dsn, tmp_path / "dumps" / "auth")
    assert min(rows(dsn, "select epoch from lines")) > before
