"""Records of dead letters that come again: to one reader, and what became of them is told."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from agents.loop.dead_letters import dead_letter
from agents.loop.event_sink import EventSink
from agents.loop.replays import REPLAY_TOPIC, as_replayed, is_for_other, outcome_id, replay_of
from agents.loop.wish_sink import Answer, Asked, WishSink
from chatstream.domain.dead_letters import (
    LETTER,
    OWN,
    READER,
    REPLAY,
    REPLAY_OF,
    Failure,
    Original,
    Place,
    letter_headers,
)
from chatstream.domain.tracing import header
from chatstream.errors import PoisonKind, PoisonMessage
from schemas import codec, records
from schemas.contexts.log import DEAD_LETTER
from schemas.contexts.messages import MESSAGE
from tests.fakes.batching import Event, Message, Rig
from tests.fakes.producer import ProducerSpy

AGENT = "log.sink"
ID = f"{MESSAGE.dlq.name}:0:4"
SOURCE = Place(MESSAGE.response.name, 0, 41)


class Sink(EventSink):
    """Notes what it is given; what says so is poison."""

    lane = "one"

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.seen: list[tuple[str, int, bytes | None]] = []

    async def process(self, lane: str, batch: Sequence[Any]) -> None:
        if any(event.value == b"poison" for event in batch):
            raise PoisonMessage("bad", PoisonKind.UNREADABLE)
        self.seen += [(each.message.topic, each.message.offset, each.value) for each in batch]


class Replays(Rig):
    """A loop with a replay topic, a producer, and what it tells."""

    def __init__(self) -> None:
        super().__init__(agent=AGENT)
        app: Any = self.app
        app.producer = self.producer = ProducerSpy()
        app.conf = SimpleNamespace(topic_partitions=8)
        self.loop.sink = self.handled = Sink(app)
        self.loop.topic = "t"

    def come(self, offset: int, value: bytes, reader: str = AGENT, replay: str = "") -> str:
        """A record on the replay topic; returns the id of its replay."""
        replay = replay or str(uuid7())
        event: Any = Event(self.app, Message(0, offset))
        event.value = value
        event.message.topic = REPLAY_TOPIC
        event.message.key, event.message.value = b"k", value
        failure = Failure(reason="no", kind="store", reader=reader)
        original = Original(key=b"k", value=value, headers=(("wished", b"9"),))
        event.message.headers = (
            *letter_headers(SOURCE, failure, original, None),
            (LETTER, ID.encode()),
            (REPLAY, replay.encode()),
        )
        self.stream.queue.put_nowait(event)
        return replay

    def told(self) -> list[Any]:
        topic = DEAD_LETTER.event.name
        return [codec.decode(topic, sent[2]) for sent in self.producer.sent if sent[0] == topic]


async def test_the_reader_that_is_named_handles_it_as_the_record_that_it_was() -> None:
    rig = Replays()
    replay = rig.come(0, b"fact")
    assert await rig.acked(1) == [(0, 0)]
    assert rig.handled.seen == [(SOURCE.topic, SOURCE.offset, b"fact")]
    (settled,) = rig.told()
    assert (settled.dead_letter_id, settled.replay_id) == (ID, replay)
    assert (settled.outcome, settled.event_id) == ("done", outcome_id(replay))
    await rig.close()


async def test_other_readers_pass_it_over_and_acknowledge_in_order() -> None:
    rig = Replays()
    rig.come(0, b"mine")
    rig.come(1, b"theirs", reader="stats.words")
    rig.come(2, b"mine too")
    assert await rig.acked(3) == [(0, 0), (0, 1), (0, 2)]
    assert [value for _, _, value in rig.handled.seen] == [b"mine", b"mine too"]
    assert len(rig.told()) == 2
    await rig.close()


async def test_what_fails_again_is_a_letter_that_names_the_first_and_is_told() -> None:
    rig = Replays()
    rig.come(0, b"poison")
    await rig.acked(1)
    letter, headers = rig.producer.sent[0], rig.producer.headers[0]
    assert letter == (MESSAGE.dlq.name, b"k", b"poison", 0)
    assert header(headers, REPLAY_OF) == ID.encode()
    assert header(headers, READER) == AGENT.encode()
    assert header(headers, OWN + "wished") == b"9"
    assert [each.outcome for each in rig.told()] == ["deadLettered"]
    await rig.close()


async def test_what_names_no_replay_is_told_of_nothing() -> None:
    """An id that is none of ours is not made one."""
    rig = Replays()
    rig.come(0, b"fact", replay="x")
    await rig.acked(1)
    assert not rig.told()
    await rig.close()


def test_what_lies_there_for_nobody_is_for_others() -> None:
    message = SimpleNamespace(topic=REPLAY_TOPIC, headers=None)
    event: Any = SimpleNamespace(message=message, value=b"")
    assert is_for_other(as_replayed(event, AGENT))


def test_an_outcome_has_one_id_and_it_is_a_uuid_of_version_7() -> None:
    replay = str(uuid7())
    found = UUID(outcome_id(replay))
    assert (found.version, found.bytes[:6]) == (7, UUID(replay).bytes[:6])
    assert outcome_id(replay) == str(found) != replay
    assert found.variant == UUID(replay).variant


class Refusing(WishSink[records.SendMessage, None]):
    """Refuses every wish."""

    stream = MESSAGE

    async def carry_out(
        self, lane: str, generation: int | None, asked: Sequence[Asked[records.SendMessage]]
    ) -> Sequence[Answer]:
        return [(n, self.refusal(each.record, None, "no")) for n, each in enumerate(asked)]

    def refusal(self, record: records.SendMessage, code: Any, reason: str) -> Any:
        return records.MessageRefused(
            room_id=record.room_id,
            message_id=record.message_id,
            account_id=record.account_id,
            code=str(code or "NOT_A_MEMBER"),
            reason=reason,
            at="",
        )


def wish_event(app: Any, headers: tuple[tuple[str, bytes], ...]) -> Any:
    value = records.encode(
        records.SendMessage(
            room_id="0190a6f0-0000-7000-8000-000000000001",
            message_id="0190a6f0-0000-7000-8000-000000000002",
            account_id="0190a6f0-0000-7000-8000-000000000003",
            user_id="minsu",
            user_name="민수",
            message="hi",
            requested_at="2026-11-21T00:00:00.000Z",
        )
    )
    message = SimpleNamespace(
        topic=MESSAGE.request.name,
        partition=0,
        offset=3,
        key=b"k",
        value=value,
        generation_id=1,
        headers=headers,
        timestamp=None,
    )
    return as_replayed(SimpleNamespace(message=message, value=value), "chat.messages")  # type: ignore[arg-type]


async def test_a_wish_that_comes_again_and_is_refused_says_so_with_the_code() -> None:
    app: Any = SimpleNamespace(producer=ProducerSpy(), conf=SimpleNamespace(topic_partitions=1))
    sink = Refusing(app, {"one": None})
    event = wish_event(app, ((LETTER, ID.encode()), (REPLAY, b"r")))
    await sink.process("one", [event])
    replay = replay_of(event)
    assert replay is not None
    assert (replay.outcome, replay.code) == ("refused", "NOT_A_MEMBER")
    dead_letter(event, "and then")
    assert (replay.outcome, replay.code) == ("deadLettered", None)


async def test_other_wishes_are_no_replays() -> None:
    app: Any = SimpleNamespace(producer=ProducerSpy(), conf=SimpleNamespace(topic_partitions=1))
    assert replay_of(wish_event(app, ())) is None
