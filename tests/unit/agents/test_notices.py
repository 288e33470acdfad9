"""The agents of notices: wishes judged and carried out, changes and erasures followed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.notices.following import FollowSink, NoticeErasure
from agents.notices.wishes import NoticeSink
from chatstream.domain.notices import NoticeBoard
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from schemas import codec, records
from schemas.contexts.messages import MESSAGE
from schemas.contexts.notices import NOTICE
from tests.fakes.notices import FakeNotices
from tests.fakes.producer import ProducerSpy
from tests.fakes.producing import FixedPolicy
from tests.samples import sample

REQUEST, RESPONSE = NOTICE.request.name, NOTICE.response.name
AT = "2026-11-21T12:00:00.000Z"


class Rig:
    def __init__(self) -> None:
        self.room_id, self.account_id = str(uuid4()), str(uuid4())
        self.store, self.producer = FakeNotices(), ProducerSpy()
        self.store.boards[self.room_id] = NoticeBoard("group", self.account_id, False, 1, 1)
        self.store.members[self.room_id] = {self.account_id}
        self.store.handles[self.account_id] = "ann"
        app: Any = SimpleNamespace(producer=self.producer, conf=SimpleNamespace(topic_partitions=8))
        self.app = app
        homes = dict.fromkeys(range(8), "chat-0")
        self.sink = NoticeSink(app, {"chat-0": self.store}, homes, FixedPolicy())

    def set(self, **fields: Any) -> records.SetNotice:
        return records.SetNotice(**self._ids(), **fields)

    def end(self) -> records.EndNotice:
        return records.EndNotice(**self._ids())

    def _ids(self) -> dict[str, Any]:
        return {
            "request_id": str(uuid4()),
            "room_id": self.room_id,
            "account_id": self.account_id,
            "requested_at": AT,
        }

    async def process(self, *wishes: records.NoticeRequest) -> list[Any]:
        await self.sink.process("chat-0", [event(each, self.room_id, REQUEST) for each in wishes])
        return [codec.decode(topic, value) for topic, _, value, _ in self.producer.sent]


def event(record: records.Record, room_id: str, topic: str, partition: int | None = None) -> Any:
    place = partition_of(room_id, 8) if partition is None else partition
    value = records.encode(record)
    message = SimpleNamespace(
        topic=topic,
        partition=place,
        offset=0,
        key=room_id.encode(),
        value=value,
        generation_id=5,
        headers=(),
        timestamp=None,
    )
    return SimpleNamespace(value=value, message=message, key=message.key)


async def test_a_text_is_set_and_ended_each_by_a_fact_in_the_partition_of_its_room() -> None:
    rig = Rig()
    made, ended = await rig.process(rig.set(text="9시에 만나요"), rig.end())
    assert isinstance(made, records.NoticeSet)
    assert made.notice is not None
    assert (made.notice.text, made.notice.user_id, made.fact_no) == ("9시에 만나요", "ann", 1)
    assert isinstance(ended, records.NoticeEnded)
    assert {partition for *_, partition in rig.producer.sent} == {partition_of(rig.room_id, 8)}


async def test_a_text_is_judged_as_a_message_and_masked_or_refused() -> None:
    rig = Rig()
    masked, refused = await rig.process(
        rig.set(text="아 시1발 진짜"), rig.set(text="shit, kill yourself")
    )
    assert masked.notice.text == "아 ●●● 진짜"
    assert (refused.code, refused.reason) == ("MESSAGE_REFUSED", "banned_word")


async def test_a_refusal_is_counted_whether_it_comes_as_a_record_or_as_bytes() -> None:
    rig, counted = Rig(), {"topic": REQUEST, "code": "MESSAGE_REFUSED"}
    before = sample("wishes_refused_total", **counted)
    await rig.process(rig.set(text="shit, kill yourself"), rig.set(text="9시에 만나요"))
    assert sample("wishes_refused_total", **counted) == before + 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"text": "a", "message_id": str(uuid4())},
        {"text": "\u200b"},
        {"text": "가" * 1001},
        {"message_id": "x"},
    ],
)
def test_what_can_be_no_notice_is_poison(fields: dict[str, str]) -> None:
    rig = Rig()
    with pytest.raises(PoisonMessage):
        rig.sink.parse(event(rig.set(**fields), rig.room_id, REQUEST))


def test_the_longest_text_is_none_and_another_partition_is() -> None:
    rig = Rig()
    longest = rig.set(text="가" * 1000)
    assert rig.sink.parse(event(longest, rig.room_id, REQUEST)).record == longest
    other = (partition_of(rig.room_id, 8) + 1) % 8
    with pytest.raises(PoisonMessage):
        rig.sink.parse(event(longest, rig.room_id, REQUEST, other))


async def test_a_rejected_wish_is_dead_lettered_and_whoever_waits_is_told() -> None:
    rig = Rig()
    await rig.sink.reject(event(rig.set(), rig.room_id, REQUEST), "neither")
    (letter, *_), (topic, _, value, _) = rig.producer.sent
    assert (letter, topic) == (NOTICE.dlq.name, RESPONSE)
    assert codec.decode(topic, value).code == "INVALID_INPUT"


async def test_a_changed_message_is_asked_for_under_one_id_however_often_it_is_told() -> None:
    rig = Rig()
    changed = records.MessageChanged(
        room_id=rig.room_id, account_id=rig.account_id, message_id=str(uuid4()), seq=1, rev=7,
        is_deleted=False,
    )  # fmt: skip
    follower = FollowSink(rig.app)
    told = event(changed, rig.room_id, MESSAGE.event.name)
    await follower.process("notices", [told])
    await follower.process("notices", [told])
    first, again = (codec.decode(REQUEST, value) for _, _, value, _ in rig.producer.sent)
    assert (first.message_id, first.request_id) == (changed.message_id, again.request_id)
    assert rig.sink.parse(event(first, rig.room_id, REQUEST)).record == first


async def test_an_erasure_is_done_when_no_notice_of_the_account_is_left() -> None:
    rig = Rig()
    await rig.process(rig.set(text="mine"))
    rig.producer.sent.clear()
    step = records.EraseInNotices(
        saga_id=str(uuid4()), account_id=rig.account_id, step="notices", attempt=1, upto={}, at=AT
    )
    erasure = NoticeErasure(rig.app, {"chat-0": rig.store})
    first = await erasure.erase(step)
    assert (first.erased, first.problem) == ({"notices": 1}, "still the notice of 1 rooms")
    [(topic, _, value, _)] = rig.producer.sent
    wish = codec.decode(topic, value)
    assert isinstance(wish, records.EraseNotice)
    ended = (await rig.process(wish))[-1]
    assert isinstance(ended, records.NoticeEnded)
    assert (await erasure.erase(step)).problem == ""
