"""The rules of a room around the store: judged once, counted once, told to whoever is to hear."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from agents.messages.moderation import MOST, Moderator
from agents.messages.verdicts import PlacedWish
from agents.messages.wishes import MessageSink
from chatstream.domain.abuse.policy import (
    Escalation,
    Limit,
    ListedWords,
    Policy,
    RoomLimits,
    Rung,
)
from chatstream.domain.times import text_of
from chatstream.errors import ErrorCode, TransientFailure
from chatstream.ports.messages import ChangeWish, MessageOutcome, MessageWish, Outcome, Wish
from chatstream.ports.sanctions import Mute
from schemas import codec, records
from schemas.contexts.conduct import CONDUCT, SANCTION
from schemas.contexts.messages import MESSAGE
from tests.fakes.accounts import FakeClock
from tests.fakes.messages import AT, Everybody, FakeMessages
from tests.fakes.outsiders import nobody_outside
from tests.fakes.producing import FixedPolicy, Producer, app_over, event_of
from tests.fakes.sanctions import FakeMutes

REQUEST, RESPONSE = MESSAGE.request.name, MESSAGE.response.name
ROOM, MIN, JUN = (str(uuid4()) for _ in range(3))
POLICY = Policy(
    version="moderation",
    words=ListedWords(masked=("바보",), refused=("나쁜말",), allowed=()),
    room=RoomLimits(messages=Limit(2, 10.0), repeats=Limit(9, 60.0), short_repeats=Limit(9, 60.0)),
    escalation=Escalation(ladder=(Rung(4, 600.0),)),
)

ANYWHERE = replace(POLICY, version="anywhere", words=ListedWords(("*바보*",), (), ()))


@dataclass
class Rig:
    clock: FakeClock
    producer: Producer
    store: FakeMessages
    moderator: Moderator
    sink: MessageSink
    copy: FakeMutes
    offset: int = 0

    def event(self, text: str, account_id: str = MIN, message_id: str = "") -> Any:
        self.offset += 1
        wish = records.SendMessage(
            room_id=ROOM,
            account_id=account_id,
            user_id="min",
            user_name="민",
            message_id=message_id or str(uuid4()),
            message=text,
            requested_at=text_of(self.clock()),
        )
        return event_of(REQUEST, wish, ROOM, self.offset)

    async def say(self, *texts: str, account_id: str = MIN) -> list[Any]:
        """The answers to one batch."""
        return await self.process([self.event(text, account_id) for text in texts])

    async def process(self, batch: Sequence[Any]) -> list[Any]:
        """The answers in the order of the batch; they are told facts first."""
        before = len(self.producer.told(RESPONSE))
        await self.sink.process("chat0", batch)
        places = [codec.decode(REQUEST, each.value).message_id for each in batch]
        answers = self.producer.told(RESPONSE)[before:]
        return sorted(answers, key=lambda answer: places.index(answer.message_id))

    @property
    def heard(self) -> list[Any]:
        told = self.producer.told(CONDUCT.event.name)
        return [each for record in told for each in record.messages]

    @property
    def mutes(self) -> list[Any]:
        return self.producer.told(SANCTION.request.name)


@pytest.fixture
def rig() -> Rig:
    clock, producer, store = FakeClock(), Producer(), FakeMessages({ROOM: Everybody()})
    copy = FakeMutes()
    moderator = Moderator(FixedPolicy(POLICY), clock, {"chat0": copy})
    app = app_over(producer)
    homes = dict.fromkeys(range(8), "chat0")
    sink = MessageSink(app, {"chat0": store}, homes, moderator, nobody_outside())
    return Rig(clock, producer, store, moderator, sink, copy)


def kinds(answers: Sequence[Any]) -> list[str]:
    return [getattr(one, "reason", "stored") for one in answers]


async def test_too_many_messages_are_refused_with_the_reason_and_when_to_go_on(rig: Rig) -> None:
    answers = await rig.say("a", "b", "c")
    assert kinds(answers) == ["stored", "stored", "rate"]
    assert answers[2].code == ErrorCode.MESSAGE_REFUSED
    assert answers[2].until == text_of(rig.clock() + 10)
    rig.clock.now += 10
    assert kinds(await rig.say("d")) == ["stored"]


async def test_a_backlog_is_judged_as_it_was_written_however_late_it_is_read(rig: Rig) -> None:
    backlog = []
    for text in ("a", "b", "c", "d"):
        backlog.append(rig.event(text))
        rig.clock.now += 6
    rig.clock.now += 3_600
    assert kinds(await rig.process(backlog)) == ["stored"] * 4
    assert [each.at for each in rig.heard] == [
        text_of(rig.clock() - 3_624 + 6 * n) for n in range(4)
    ]


async def test_a_front_whose_clock_is_ahead_mutes_nobody_for_longer(rig: Rig) -> None:
    rig.clock.now += 86_400
    ahead = [rig.event("나쁜말"), rig.event("나쁜말")]
    rig.clock.now -= 86_400
    answers = await rig.process(ahead)
    assert answers[1].until == text_of(rig.clock() + 600)


async def test_others_are_counted_by_themselves(rig: Rig) -> None:
    await rig.say("a", "b")
    assert kinds(await rig.say("a", account_id=JUN)) == ["stored"]


async def test_a_masked_message_is_stored_and_shown_masked(rig: Rig) -> None:
    (answer,) = await rig.say("이 바보")
    assert "바보" not in answer.message
    (wish,) = rig.store.asked
    assert isinstance(wish, MessageWish)
    assert (wish.message, wish.shown) == ("이 바보", answer.message)


async def test_offences_mute_in_the_room_and_the_mute_is_asked_for_as_a_sanction(rig: Rig) -> None:
    answers = await rig.say("나쁜말", "나쁜말", "hello")
    assert kinds(answers) == ["banned_word", "muted", "muted"]
    until = text_of(rig.clock() + 600)
    assert [(one.until, one.cause) for one in answers[1:]] == [(until, "banned_word")] * 2
    (mute,) = rig.mutes
    assert (mute.account_id, mute.room_id, mute.until) == (MIN, ROOM, until)
    assert [one.outcome for one in rig.heard] == ["refuse", "mute"]
    assert kinds(await rig.say("later")) == ["muted"]


async def test_a_batch_that_is_tried_again_is_not_judged_again(rig: Rig) -> None:
    batch = [rig.event(text) for text in ("a", "나쁜말", "b")]
    rig.producer.away = TransientFailure("away")
    for _ in range(3):
        with pytest.raises(TransientFailure):
            await rig.sink.process("chat0", batch)
        rig.clock.now += 1
    rig.producer.away = None
    answers = await rig.process(batch)
    assert kinds(answers) == ["stored", "banned_word", "stored"]
    assert len(rig.heard) == 3
    assert rig.mutes == []
    (over,) = await rig.say("c")
    assert (over.reason, over.cause) == ("muted", "rate"), "two offences, not six"


async def test_a_repeat_gets_the_stored_outcome_and_counts_nothing(rig: Rig) -> None:
    message_id = str(uuid4())
    await rig.process([rig.event("a", message_id=message_id)])
    for _ in range(5):
        (again,) = await rig.process([rig.event("a", message_id=message_id)])
        assert again.repeated
    assert len(rig.heard) == 1
    assert kinds(await rig.say("b")) == ["stored"]
    (stored,) = await rig.process([rig.event("a", message_id=message_id)])
    assert stored.repeated, "over the rate, and stored all the same"


async def test_a_repeat_takes_no_place_of_what_comes_with_it(rig: Rig) -> None:
    message_id = str(uuid4())
    await rig.process([rig.event("a", message_id=message_id)])
    again = [rig.event("a", message_id=message_id) for _ in range(3)]
    answers = await rig.process([*again, rig.event("b")])
    assert kinds(answers) == ["stored"] * 4
    assert [getattr(each, "repeated", False) for each in answers] == [True, True, True, False]
    assert kinds(await rig.say("c")) == ["rate"]


async def test_the_repeats_of_a_repeated_text_count_once(rig: Rig) -> None:
    limits = RoomLimits(messages=Limit(100, 10.0), short_repeats=Limit(3, 60.0))
    rig.moderator = rig.sink.moderator = Moderator(
        FixedPolicy(replace(POLICY, version="repeats", room=limits)), rig.clock
    )
    ids = [str(uuid4()) for _ in range(2)]
    for _ in range(4):
        batch = [rig.event("ㅋㅋ", message_id=each) for each in ids]
        assert kinds(await rig.process(batch)) == ["stored"] * 2
    again = [rig.event("ㅋㅋ", message_id=each) for each in ids]
    answers = await rig.process([*again, rig.event("ㅋㅋ"), rig.event("ㅋㅋ")])
    assert kinds(answers) == ["stored", "stored", "stored", "repeat"]


async def test_others_go_on_while_a_batch_is_judged(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.messages.moderation._SLICE", 0.0)
    said = [PlacedWish(0, n, ROOM, MIN, str(n), "a", rig.clock()) for n in range(3)]
    judging = asyncio.create_task(rig.moderator.judge("chat0", said))
    await asyncio.sleep(0)
    assert not judging.done()
    assert len((await judging).judged) == 3


async def test_a_lift_while_a_batch_is_judged_is_not_undone_by_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.messages.moderation._SLICE", 0.0)
    said = [PlacedWish(0, n, ROOM, MIN, str(n), "나쁜말", rig.clock()) for n in range(3)]
    judging = asyncio.create_task(rig.moderator.judge("chat0", said))
    for _ in range(2):  # one message a turn
        await asyncio.sleep(0)
    rig.moderator.lift(MIN, None)
    judged = (await judging).judged
    assert [each.verdict.outcome for each in judged] == ["refuse", "mute", "refuse"]
    assert [each.verdict.reason for each in judged] == ["banned_word"] * 3


async def test_copies_of_a_wish_in_one_batch_share_its_verdict(rig: Rig) -> None:
    message_id = str(uuid4())
    copies = [rig.event("a", message_id=message_id) for _ in range(4)]
    assert kinds(await rig.process(copies)) == ["stored"] * 4
    assert len(rig.heard) == 1
    assert kinds(await rig.say("b", "c")) == ["stored", "rate"]


async def test_whoever_the_store_knows_as_muted_is_told_why_and_nothing_counts(rig: Rig) -> None:
    rig.store.mutes[MIN, None] = (AT, "links")
    (answer,) = await rig.say("a")
    assert (answer.reason, answer.until, answer.cause) == ("muted", AT, "links")
    assert rig.heard == []


@pytest.mark.parametrize("room_id", [ROOM, None])
async def test_a_lifted_mute_is_over_at_once(rig: Rig, room_id: str | None) -> None:
    await rig.say("나쁜말", "나쁜말")
    rig.moderator.lift(JUN, room_id)
    assert kinds(await rig.say("a")) == ["muted"]
    rig.moderator.lift(MIN, room_id)
    assert kinds(await rig.say("a", "나쁜말")) == ["stored", "banned_word"]


async def test_a_mute_that_the_copy_knows_as_lifted_is_over_before_the_worker_hears_of_it(
    rig: Rig,
) -> None:
    await rig.say("나쁜말", "나쁜말")
    (wish,) = rig.mutes
    mute = Mute("s", MIN, ROOM, wish.reason, wish.until, wish.until, 1)
    for copied in (mute, replace(mute, room_id=str(uuid4()), sanction_id="other room")):
        await rig.copy.keep([copied])
        assert kinds(await rig.say("a")) == ["muted"]
    await rig.copy.keep([replace(mute, until=text_of(rig.clock()), fact_no=2)])
    assert kinds(await rig.say("b")) == ["stored"]


async def test_an_older_lift_ends_no_later_mute(rig: Rig) -> None:
    earlier = text_of(rig.clock() - 5)
    await rig.copy.keep([Mute("s", MIN, ROOM, "repeat", earlier, text_of(rig.clock() + 9), 2)])
    await rig.say("나쁜말", "나쁜말")
    assert kinds(await rig.say("a")) == ["muted"]


async def test_a_lift_while_a_batch_is_stored_is_not_undone_by_it(rig: Rig) -> None:
    said = [PlacedWish(0, n, ROOM, MIN, str(n), "나쁜말", rig.clock()) for n in range(2)]
    verdicts = await rig.moderator.judge("chat0", said)
    rig.moderator.lift(MIN, None)
    refused = MessageOutcome(0, "MESSAGE_REFUSED")
    rig.moderator.settle(verdicts, {0: refused, 1: replace(refused, wish=1)})
    rig.moderator.finish("chat0")
    assert kinds(await rig.say("a")) == ["stored"]


async def test_the_words_of_an_edit_are_judged_and_nothing_of_it_counts(rig: Rig) -> None:
    said = [
        PlacedWish(0, n, ROOM, MIN, str(n), text, rig.clock(), is_new=False)
        for n, text in enumerate(["좋아요", "나쁜말", "이 바보", None, "a", "b", "c"])
    ]
    verdicts = await rig.moderator.judge("chat0", said)
    refused = [one.is_refused for one in verdicts.judged]
    assert refused == [False, True, False, False, False, False, False]
    assert [one.shown is None for one in verdicts.judged][:4] == [True, True, False, True]
    rig.moderator.settle(verdicts, {n: MessageOutcome(n, None) for n in range(7)})
    rig.moderator.finish("chat0")
    assert kinds(await rig.say("a", "b")) == ["stored", "stored"]


async def test_a_refused_edit_is_handed_to_the_store_as_such(rig: Rig) -> None:
    seen: list[Wish] = []

    async def keep(generation: int | None, wishes: Sequence[Wish]) -> Sequence[Outcome]:
        seen.extend(wishes)
        return [MessageOutcome(0, "MESSAGE_REFUSED")]

    rig.store.carry_out = keep  # type: ignore[method-assign]  # a store of one answer
    edit = records.EditMessage(
        request_id=str(uuid4()),
        room_id=ROOM,
        account_id=MIN,
        message_id=str(uuid4()),
        message="나쁜말",
        requested_at=AT,
    )
    (answer,) = await rig.process([event_of(REQUEST, edit, ROOM)])
    assert isinstance(answer, records.ChangeRefused)
    assert (answer.code, answer.reason) == ("MESSAGE_REFUSED", "banned_word")
    (wish,) = seen
    assert isinstance(wish, ChangeWish)
    assert wish.is_refused


async def test_memory_is_bounded_and_what_is_idle_is_forgotten(rig: Rig) -> None:
    assert len(rig.moderator._known) <= MOST
    for _ in range(200):
        await rig.say("a", account_id=str(uuid4()))
        rig.clock.now += 60
    assert len(rig.moderator._known) < 100


async def test_new_texts_and_edits_are_judged_by_the_readers_words() -> None:
    asked: list[str] = []

    def read(text: str) -> list[tuple[int, int]]:
        asked.append(text)
        return [(0, 2), (2, 4)]

    said = [
        PlacedWish(0, n, ROOM, MIN, str(n), "새바보도", 0.0, is_new=is_new)
        for n, is_new in enumerate((True, False))
    ]
    plain = Moderator(FixedPolicy(ANYWHERE), FakeClock())
    reading = Moderator(FixedPolicy(ANYWHERE), FakeClock(), reader=read)
    for judge, outcome in ((plain, "mask"), (reading, "pass")):
        judged = (await judge.judge("chat0", said)).judged
        assert [each.verdict.outcome for each in judged] == [outcome] * 2
    assert set(asked) == {"새바보도"}
