"""/ops/topics over records that are given, behind a real aiohttp server."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.partitions import partition_of
from chatstream.ports.topics import HeldRecord
from schemas import records
from schemas.catalogue import TOPICS
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.log import LOOK
from schemas.contexts.messages import MESSAGE
from schemas.contexts.rooms import ROOM as ROOM_STREAM
from tests.fakes.producing import PARTITIONS
from tests.fakes.rooms import OTHER, ROOM
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import fault_of
from tests.unit.web.ops_rig import PARENT, TRACE, OpsRig, know, ops_rig

PATH = f"/ops/topics/{MESSAGE.response.name}"
AT = 1_790_000_000_000
SAID = "지금 여기 비밀이에요"
AUTHOR = str(uuid4())


@pytest.fixture
async def rig(make_edge: MakeEdge) -> OpsRig:
    return await ops_rig(make_edge)


def stored(room_id: str = ROOM, text: str = SAID) -> records.MessageStored:
    return records.MessageStored(
        fact_no=1,
        room_id=room_id,
        seq=1,
        rev=1,
        message_id=str(uuid4()),
        account_id=AUTHOR,
        user_id="jun",
        user_name="준",
        message=text,
        created_at="2026-11-21T12:00:00.000Z",
        access_version=1,
        room_kind="group",
        reply_to=records.Quote(str(uuid4()), 1, "min", "민", "인용한 글"),
        mentions=(records.Mention("eve", "이브"),),
    )


def held(record: records.Record | bytes, key: str = ROOM, **more: Any) -> HeldRecord:
    value = record if isinstance(record, bytes) else records.encode(record)
    headers = (("traceparent", PARENT), ("wished", b"1790000000000"), *more.pop("headers", ()))
    return HeldRecord(3, more.pop("offset", 7), AT, key.encode(), value, headers)


async def only(rig: OpsRig, topic: str, record: HeldRecord) -> Any:
    rig.topics.held[topic] = [record]
    (shown,) = (await rig.read(f"/ops/topics/{topic}"))["records"]
    return shown


# -- who may, and that the look is told -------------------------------------------------------


@pytest.mark.parametrize("path", ["/ops/topics", PATH])
async def test_who_is_no_operator_sees_nothing(rig: OpsRig, path: str) -> None:
    assert (await fault_of(await rig.get(path, rig.user)))[:2] == (403, "ACCESS_DENIED")
    assert rig.looks == []


async def test_a_look_is_on_kafka_before_the_answer(rig: OpsRig) -> None:
    await rig.read(PATH, partition="3", offset="5")
    (look,) = rig.looks
    assert (look.account_id, look.page) == (rig.boss_id, "topics")
    assert look.filters == {"topic": MESSAGE.response.name, "partition": "3", "offset": "5"}


@pytest.mark.parametrize("path", ["/ops/topics", PATH])
async def test_while_a_look_cannot_be_told_nothing_is_shown(rig: OpsRig, path: str) -> None:
    from aiokafka.errors import KafkaConnectionError

    rig.producer.away = KafkaConnectionError("away")
    assert (await fault_of(await rig.get(path)))[:2] == (503, "STORE_UNAVAILABLE")
    assert rig.topics.wanted == []


async def test_a_next_page_is_the_same_look_but_never_without_the_first(rig: OpsRig) -> None:
    rig.topics.bounds = {3: 5}
    cursor = (await rig.read(PATH, partition="3"))["cursor"]
    await rig.read(PATH, partition="3", cursor=cursor)
    assert len(rig.looks) == 1
    assert rig.topics.wanted[-1].bounds == {3: 5}
    other = (await rig.read(PATH, partition="4"))["cursor"]
    rig.producer.sent.clear()
    await rig.read(PATH, partition="3")
    await rig.read(PATH, partition="4", cursor=other)
    assert [look.filters["partition"] for look in rig.looks] == ["3"]


async def test_a_key_that_is_no_id_is_not_in_the_look(rig: OpsRig) -> None:
    await rig.read(PATH, key="이 말은 남지 않는다")
    await rig.read(PATH, key=ROOM)
    assert [look.filters["key"] for look in rig.looks] == ["*", ROOM]


# -- the list -----------------------------------------------------------------------------------


async def test_every_topic_says_what_it_holds(rig: OpsRig) -> None:
    rig.topics.held[MESSAGE.response.name] = [held(stored())]
    found = {each["topic"]: each for each in (await rig.read("/ops/topics"))["topics"]}
    assert found.keys() == {topic.name for topic in TOPICS}
    shown = found[MESSAGE.response.name]
    assert (shown["kind"], shown["context"], shown["records"]) == ("RESPONSE", "messages", 1)
    assert (shown["retention"], shown["key"]) == (MESSAGE.response.retention, "roomId")
    assert len(shown["partitions"]) == PARTITIONS
    assert "MessageStored" in shown["types"]


# -- which records --------------------------------------------------------------------------------


async def test_the_newest_come_first_of_all_partitions(rig: OpsRig) -> None:
    await rig.read(PATH, limit="5")
    (wanted,) = rig.topics.wanted
    assert (wanted.partitions, wanted.is_forward) == (tuple(range(PARTITIONS)), False)
    assert (wanted.limit, wanted.key, wanted.bounds) == (5, None, {})


async def test_a_key_is_looked_for_in_its_partition(rig: OpsRig) -> None:
    await rig.read(PATH, key=ROOM)
    (wanted,) = rig.topics.wanted
    assert (wanted.partitions, wanted.key) == ((partition_of(ROOM, PARTITIONS),), ROOM.encode())


async def test_an_offset_and_a_time_go_forward(rig: OpsRig) -> None:
    await rig.read(PATH, partition="2", offset="7")
    await rig.read(PATH, at="2026-11-21T12:00:00Z")
    by_offset, by_time = rig.topics.wanted
    assert (by_offset.bounds, by_offset.is_forward) == ({2: 7}, True)
    assert (by_time.at, by_time.is_forward) == (1795262400000, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"offset": "7"}, "partition"),
        ({"partition": "99"}, "partition"),
        ({"at": "gestern"}, "at"),
        ({"at": "1960-01-01T00:00:00Z"}, "at"),
        ({"cursor": "abc"}, "cursor"),
        ({"limit": "101"}, "limit"),
        ({"offset": "-1"}, "offset"),
    ],
)
async def test_what_cannot_be_asked_is_named(
    rig: OpsRig, query: dict[str, Any], field: str
) -> None:
    status, code, details = await fault_of(await rig.get(PATH, **query))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert rig.looks == []


async def test_a_topic_that_is_none_of_ours_is_not_read(rig: OpsRig) -> None:
    for name in ("__consumer_offsets", "chat-room_members-changelog"):
        fault = await fault_of(await rig.get(f"/ops/topics/{name}"))
        assert fault[:2] == (404, "NOT_FOUND")
    assert rig.topics.wanted == []


async def test_while_kafka_is_away_the_call_says_so(rig: OpsRig) -> None:
    rig.topics.away = True
    assert (await fault_of(await rig.get(PATH)))[:2] == (503, "STORE_UNAVAILABLE")


# -- what is shown of them --------------------------------------------------------------------


async def test_a_record_is_decoded(rig: OpsRig) -> None:
    shown = await only(rig, MESSAGE.response.name, held(stored()))
    assert (shown["partition"], shown["offset"], shown["key"]) == (3, 7, ROOM)
    assert (shown["recordType"], shown["value"]["type"]) == ("MessageStored", "messageStored")
    assert (shown["traceId"], shown["wishedAt"]) == (TRACE, "2026-09-21T14:13:20.000Z")
    assert (shown["value"]["seq"], shown["value"]["accountId"]) == (1, AUTHOR)
    assert shown["roomId"] == ROOM


async def test_texts_are_for_members_of_the_room(rig: OpsRig) -> None:
    rig.rooms.create(OTHER, rig.boss_id)
    shown = await only(rig, MESSAGE.response.name, held(stored()))
    assert shown["value"]["message"] is None
    assert shown["value"]["replyTo"]["message"] is None
    assert {"message", "replyTo.message"} <= set(shown["hidden"])
    rig.rooms.create(ROOM, rig.boss_id)
    shown = await only(rig, MESSAGE.response.name, held(stored()))
    assert (shown["value"]["message"], shown["value"]["replyTo"]["message"]) == (SAID, "인용한 글")
    rig.rooms.leave(ROOM, rig.boss_id)
    shown = await only(rig, MESSAGE.response.name, held(stored()))
    assert shown["value"]["message"] is None


async def test_the_former_text_of_an_edited_message_is_shown_to_nobody(rig: OpsRig) -> None:
    rig.rooms.create(ROOM, rig.boss_id)
    rig.rooms.say(ROOM, rig.boss_id, "first")
    edited = rig.rooms.edit(ROOM, 1, "second")
    shown = await only(rig, MESSAGE.response.name, held(edited))
    assert (shown["value"]["message"], shown["value"]["former"]) == ("second", None)
    assert "former" in shown["hidden"]


async def test_a_handle_is_shown_while_somebody_has_it(rig: OpsRig) -> None:
    rig.rooms.create(ROOM, rig.boss_id)
    shown = await only(rig, MESSAGE.response.name, held(stored()))
    assert (shown["value"]["userId"], shown["value"]["userName"]) == (None, None)
    await know(rig, AUTHOR, "jun", "새 이름")
    rig.topics.held[MESSAGE.response.name] = [held(stored())]
    page = await rig.read(PATH)
    assert page["records"][0]["value"]["userId"] == "jun"
    assert page["records"][0]["value"]["userName"] is None, "names are told as they are now"
    assert page["people"] == [{"accountId": AUTHOR, "userId": "jun", "userName": "새 이름"}]


async def test_secrets_are_shown_to_nobody(rig: OpsRig) -> None:
    wish = records.CreateAccount(
        request_id=str(uuid4()),
        account_id=AUTHOR,
        user_id="jun",
        name="준",
        sealed_hash="sealed-bytes",
        requested_at="2026-11-21T12:00:00.000Z",
    )
    shown = await only(rig, ACCOUNT.request.name, held(wish, AUTHOR))
    assert shown["value"]["sealedHash"] is None
    assert set(shown["hidden"]) == {"sealedHash", "name", "userId"}


async def test_a_rooms_name_is_for_its_members(rig: OpsRig) -> None:
    fact = rig.rooms.create(ROOM, rig.boss_id, name="비밀 모임")
    shown = await only(rig, ROOM_STREAM.response.name, held(fact))
    assert shown["value"]["name"] == "비밀 모임"
    assert shown["value"]["members"][0]["name"] is None
    rig.rooms.leave(ROOM, rig.boss_id)
    shown = await only(rig, ROOM_STREAM.response.name, held(fact))
    assert shown["value"]["name"] is None


def letter(value: bytes, **more: Any) -> HeldRecord:
    headers = (
        ("topic", MESSAGE.request.name.encode()),
        ("partition", b"2"),
        ("offset", b"44"),
        ("reason", f"it says {SAID}".encode()),
    )
    return held(value, headers=headers, **more)


async def test_a_dead_letter_says_where_it_was_and_hides_what_it_said(rig: OpsRig) -> None:
    wish = records.SendMessage(
        account_id=AUTHOR,
        room_id=ROOM,
        user_id="jun",
        user_name="준",
        message_id=str(uuid4()),
        message=SAID,
        requested_at="2026-11-21T12:00:00.000Z",
    )
    shown = await only(rig, MESSAGE.dlq.name, letter(records.encode(wish)))
    assert shown["deadLetter"] == {
        "id": f"{MESSAGE.dlq.name}:3:7",
        "topic": MESSAGE.request.name,
        "partition": 2,
        "offset": 44,
        "reason": None,
    }
    assert (shown["recordType"], shown["value"]["message"]) == ("SendMessage", None)
    rig.rooms.create(ROOM, rig.boss_id)
    shown = await only(rig, MESSAGE.dlq.name, letter(records.encode(wish)))
    assert SAID in shown["deadLetter"]["reason"]
    assert shown["value"]["message"] == SAID


@pytest.mark.parametrize(
    ("value", "shown_value"),
    [
        (f'{{"message": "{SAID}", "seq": 3, "roomId": "{OTHER}"}}'.encode(), {"roomId": OTHER}),
        (
            f'{{"type": "sendMessage", "at": "{SAID}"}}'.encode(),
            {"type": "sendMessage", "at": None},
        ),
        (f'["{SAID}"]'.encode(), [None]),
        (SAID.encode(), None),
        (b"\xff\xfe", None),
        (b"", None),
    ],
)
async def test_what_cannot_be_decoded_shows_ids_and_its_size_only(
    rig: OpsRig, value: bytes, shown_value: object
) -> None:
    rig.rooms.create(ROOM, rig.boss_id)  # whose texts these bytes are nobody knows
    record = letter(value, key=SAID)
    shown = await only(rig, MESSAGE.dlq.name, record)
    assert (shown["recordType"], shown["value"], shown["bytes"]) == (None, shown_value, len(value))
    assert (shown["key"], shown["deadLetter"]["reason"]) == (None, None)


@pytest.mark.parametrize(
    ("is_member", "told"),
    [(False, "7b ·· 00 ·· ·· 22"), (True, "7b 61 00 ea b0 22")],
)
async def test_bytes_that_cannot_be_decoded_are_seen_without_letters_but_by_members(
    rig: OpsRig, is_member: bool, told: str
) -> None:
    rig.rooms.create(ROOM if is_member else OTHER, rig.boss_id)
    shown = await only(rig, MESSAGE.request.name, held(b'{a\x00\xea\xb0"'))
    assert (shown["value"], shown["hex"], shown["bytes"]) == (None, told, 6)


async def test_of_many_bytes_the_first_are_seen_and_of_a_record_none(rig: OpsRig) -> None:
    shown = await only(rig, MESSAGE.request.name, held(b"\xff" * 4000))
    assert (len(shown["hex"].split()), shown["bytes"]) == (256, 4000)
    assert (await only(rig, MESSAGE.response.name, held(stored())))["hex"] is None


async def test_looks_themselves_can_be_looked_at(rig: OpsRig) -> None:
    await rig.read("/ops/topics")
    shown = await only(rig, LOOK.event.name, held(rig.looks[0], rig.boss_id))
    assert shown["value"]["accountId"] == rig.boss_id
    assert shown["hidden"] == []
