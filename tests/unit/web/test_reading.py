"""Read positions at the edge: one wish a second, PUT, SEND, and what others are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.web import Application

from chatstream.domain.lines import Identity
from chatstream.errors import ErrorCode, UserError
from chatstream.settings import LimitSettings
from schemas import codec, records
from schemas.contexts.reading import READ
from schemas.records import MoveAnswer, MoveReadPosition, MoveRefused, PositionsMoved
from tests.fakes.changes import Changes
from tests.fakes.hub import World
from tests.fakes.rooms import AT, OTHER, ROOM
from tests.fakes.stomp import TOPIC, Front
from tests.fakes.wishes import FakeWishes
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import bearer, fault_of
from web import outcomes, reading
from web.edge.rates import MessageRates
from web.reading import ReadMoves


def moved(wish: object) -> PositionsMoved:
    assert isinstance(wish, MoveReadPosition)
    return PositionsMoved(
        room_id=wish.room_id,
        positions=(),
        moved=1,
        answers=(MoveAnswer(wish.request_id, wish.account_id, wish.seq),),
        access_version=1,
        at=AT,
    )


def refused(wish: object, code: str) -> MoveRefused:
    assert isinstance(wish, MoveReadPosition)
    return MoveRefused(
        request_id=wish.request_id,
        room_id=wish.room_id,
        account_id=wish.account_id,
        code=code,
        reason="no",
        at=AT,
    )


@dataclass
class Second:
    """Pauses end when `pass_by` says so."""

    changes: Changes
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    async def pause(self, seconds: float) -> None:
        assert seconds == reading.EVERY
        gate = asyncio.get_running_loop().create_future()
        self.waiting.append(gate)
        self.changes.happened()
        await gate

    def pass_by(self) -> None:
        for gate in self.waiting:
            gate.set_result(None)
        self.waiting.clear()


@dataclass
class Rig:
    """The coalescing over a sender whose wishes all come true, unless it is told otherwise."""

    changes: Changes = field(default_factory=Changes)

    def __post_init__(self) -> None:
        self.wishes = FakeWishes(moved, self.changes)
        self.second = Second(self.changes)
        self.moves = ReadMoves(self.wishes, MessageRates(LimitSettings()), self.second.pause)

    def ask(self, seq: int, room_id: str = ROOM, who: str = "min") -> asyncio.Task[None]:
        return asyncio.create_task(self.moves.move(room_id, who, seq))

    @property
    def asked(self) -> list[tuple[str, str, int]]:
        wishes: list[Any] = [wish for _, _, wish, _ in self.wishes.asked]
        return [(wish.room_id, wish.account_id, wish.seq) for wish in wishes]


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    yield made
    await made.moves.stop()


# -- one wish a second -------------------------------------------------------------------------


async def test_the_first_goes_at_once_and_the_farthest_of_the_second_after_it(rig: Rig) -> None:
    await rig.ask(3)
    assert rig.asked == [(ROOM, "min", 3)]
    later = [rig.ask(seq) for seq in (5, 9, 7)]
    await rig.changes.until(lambda: len(rig.second.waiting) == 1)
    assert len(rig.asked) == 1
    rig.second.pass_by()
    await asyncio.gather(*later)
    assert rig.asked == [(ROOM, "min", 3), (ROOM, "min", 9)]


async def test_what_comes_while_a_wish_is_under_way_waits_for_the_next(rig: Rig) -> None:
    rig.wishes.gate.clear()
    first = rig.ask(3)
    await rig.changes.until(lambda: len(rig.asked) == 1)
    second = rig.ask(4)
    rig.wishes.gate.set()
    await first
    assert not second.done()
    await rig.changes.until(lambda: len(rig.second.waiting) == 1)
    rig.second.pass_by()
    await second
    assert rig.asked == [(ROOM, "min", 3), (ROOM, "min", 4)]


async def test_rooms_and_accounts_do_not_wait_for_each_other(rig: Rig) -> None:
    await asyncio.gather(rig.ask(1), rig.ask(1, room_id=OTHER), rig.ask(1, who="jun"))
    assert sorted(rig.asked) == sorted([(ROOM, "min", 1), (OTHER, "min", 1), (ROOM, "jun", 1)])


async def test_a_failure_is_told_to_all_who_wait_and_the_next_is_tried_anew(rig: Rig) -> None:
    await rig.ask(1)

    def away(_: object) -> object:
        raise UserError(ErrorCode.STORE_UNAVAILABLE)

    rig.wishes.answer = away
    later = [rig.ask(2), rig.ask(3)]
    await rig.changes.until(lambda: len(rig.second.waiting) == 1)
    rig.second.pass_by()
    for task in later:
        with pytest.raises(UserError) as fault:
            await task
        assert fault.value.code is ErrorCode.STORE_UNAVAILABLE
    rig.wishes.answer = moved
    again = rig.ask(4)
    await rig.changes.until(lambda: len(rig.second.waiting) == 1)
    rig.second.pass_by()
    await again


async def test_who_asks_too_often_is_told_to_wait() -> None:
    changes = Changes()
    limits = LimitSettings(message_burst=1, messages_per_second=0.001)
    rates = MessageRates(limits)
    moves = ReadMoves(FakeWishes(moved, changes), rates)
    await moves.move(ROOM, "min", 1)
    with pytest.raises(UserError) as fault:
        await moves.move(ROOM, "min", 2)
    assert fault.value.code is ErrorCode.RATE_LIMITED
    await moves.stop()


def test_one_record_answers_every_wish_it_carried_out() -> None:
    answers = tuple(MoveAnswer(str(uuid4()), "min", 3) for _ in range(2))
    record = PositionsMoved(
        room_id=ROOM, positions=(), moved=0, answers=answers, access_version=1, at=AT
    )
    resolved: list[Identity] = []

    class Waiting:
        def waits(self, request: str, partition: int) -> bool:
            return True

        def resolve(self, _request: str, _partition: int, identity: Identity, _out: object) -> None:
            resolved.append(identity)

    wishes: Any = Waiting()
    handler = outcomes.handler(wishes, READ.request, READ.response)
    handler(0, ROOM.encode(), records.encode(record))
    assert resolved == [(answer.request_id,) for answer in answers]
    assert codec.decode(READ.response.name, records.encode(record)) == record


# -- PUT /chat/{roomId}/read -------------------------------------------------------------------


@dataclass
class Http:
    """A logged-in caller."""

    rig: Rig
    client: Any
    account_id: str
    headers: dict[str, str]

    async def put(self, body: object, room_id: str = ROOM) -> Any:
        return await self.client.put(f"/chat/{room_id}/read", json=body, headers=self.headers)


@pytest.fixture
async def http(make_edge: MakeEdge, rig: Rig) -> Http:
    def routes(app: Application) -> None:
        reading.register(app, rig.moves)

    edge = await make_edge(routes)
    token = (await edge.tokens())["accessToken"]
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    return Http(rig, edge.client, account_id, bearer(token))


async def test_put_answers_when_the_position_of_the_caller_is_stored(http: Http) -> None:
    http.rig.wishes.gate.clear()
    answer = asyncio.create_task(http.put({"seq": 7}))
    await http.rig.changes.until(lambda: len(http.rig.asked) == 1)
    assert http.rig.asked == [(ROOM, http.account_id, 7)]
    assert not answer.done()
    http.rig.wishes.gate.set()
    response = await answer
    assert (response.status, await response.text()) == (204, "")
    topic, key, wish, identity = http.rig.wishes.asked[0]
    assert (topic, key) == ("kakao.chat.readPosition.REQUEST", ROOM)
    assert identity == (wish.request_id,)  # type: ignore[attr-defined]


async def test_a_repeated_put_is_answered_alike(http: Http) -> None:
    assert (await http.put({"seq": 7})).status == 204
    again = asyncio.create_task(http.put({"seq": 7}))
    await http.rig.changes.until(lambda: len(http.rig.second.waiting) == 1)
    http.rig.second.pass_by()
    assert (await again).status == 204


@pytest.mark.parametrize(
    ("code", "status"), [("NOT_A_MEMBER", 403), ("ROOM_NOT_FOUND", 404), ("STORE_UNAVAILABLE", 503)]
)
async def test_put_tells_why_the_position_is_not_stored(http: Http, code: str, status: int) -> None:
    http.rig.wishes.answer = lambda wish: refused(wish, code)
    assert (await fault_of(await http.put({"seq": 7})))[:2] == (status, code)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seq": -1},
        {"seq": 2**53 + 1},
        {"seq": "7"},
        {"seq": 7.5},
        {"seq": 7, "accountId": "someone else"},
    ],
)
async def test_put_refuses_another_body(http: Http, body: dict[str, object]) -> None:
    assert (await fault_of(await http.put(body)))[:2] == (400, "INVALID_INPUT")
    assert http.rig.asked == []


async def test_who_reads_too_often_is_told_to_wait(make_edge: MakeEdge) -> None:
    limits = LimitSettings(message_burst=1, messages_per_second=0.001)
    moves = ReadMoves(FakeWishes(moved, Changes()), MessageRates(limits))
    edge = await make_edge(lambda app: reading.register(app, moves))
    headers = bearer((await edge.tokens())["accessToken"])
    answers = [
        await edge.client.put(f"/chat/{ROOM}/read", json={"seq": 1}, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].status == 204
    assert (await fault_of(answers[1]))[:2] == (429, "RATE_LIMITED")
    assert "Retry-After" in answers[1].headers


async def test_put_needs_a_login_and_a_room_that_may_be(http: Http) -> None:
    assert (await fault_of(await http.put({"seq": 1}, "no-uuid")))[:2] == (404, "ROOM_NOT_FOUND")
    http.headers = {}
    assert (await fault_of(await http.put({"seq": 1})))[0] == 401


# -- SEND /pub/chat/room/{roomId}/read ---------------------------------------------------------


async def read(client: Any, seq: object, receipt: str = "r", room_id: str = ROOM) -> None:
    headers = {"destination": f"/pub/chat/room/{room_id}/read", "receipt": receipt}
    await client.send("SEND", headers, json.dumps({"seq": seq}))


async def test_a_position_is_told_to_the_room_and_then_its_receipt_comes(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    front.rooms.say(ROOM, "jun")
    await client.subscribed(TOPIC)
    await other.subscribed(TOPIC)
    await read(client, 1)
    told = {"type": "read", "roomId": ROOM, "moved": 1}
    assert await other.message() == {**told, "positions": [{"userId": "min", "seq": 1}]}
    assert (await client.message())["type"] == "read"
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "r"


async def test_the_position_is_the_callers_whatever_the_body_says(front: Front) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    headers = {"destination": f"/pub/chat/room/{ROOM}/read"}
    await client.send("SEND", headers, json.dumps({"seq": 1, "accountId": "jun"}))
    told = await client.message()
    assert (told["type"], told["messageId"], told["code"]) == ("refused", None, "INVALID_INPUT")
    assert front.wishes.asked == []


@pytest.mark.parametrize("seq", [-1, 2**53 + 1, "1", None])
async def test_a_seq_that_is_none_is_refused_and_the_connection_stays(
    front: Front, seq: object
) -> None:
    client = await front.connect("min")
    await client.subscribed("/sub/user/min")
    await read(client, seq)
    assert (await client.message())["code"] == "INVALID_INPUT"
    await client.subscribed(TOPIC, "still here")


async def test_a_stranger_is_refused_without_a_receipt(front: Front) -> None:
    client = await front.connect("eve")
    await client.subscribed("/sub/user/eve")
    front.refusal = MoveRefused(
        request_id="r", room_id=ROOM, account_id="eve", code="NOT_A_MEMBER", reason="no", at=AT
    )
    await read(client, 1)
    assert (await client.message())["code"] == "NOT_A_MEMBER"


async def test_the_own_devices_hear_how_far_the_account_has_read(front: Front) -> None:
    phone, laptop = await front.connect("min"), await front.connect("min")
    front.rooms.say(ROOM, "jun")
    await laptop.subscribed("/sub/user/min")
    await read(phone, 1)
    assert await laptop.message() == {
        "type": "roomChanged",
        "roomId": ROOM,
        "lastSeq": None,
        "lastMessage": None,
        "lastReadSeq": 1,
        "name": None,
        "memberCount": None,
        "deletedSeq": None,
    }


# -- the hub -----------------------------------------------------------------------------------


async def test_a_subscription_begins_with_where_everybody_stands(world: World) -> None:
    world.say("min")
    world.rooms.read(ROOM, "jun", 1, "r")
    socket, _, _ = await world.listen("eve")
    assert socket.bodies == [
        {"type": "read", "roomId": ROOM, "positions": [{"userId": "jun", "seq": 1}], "moved": 0}
    ]


async def test_positions_that_move_while_a_subscription_is_made_come_after_it(
    world: World,
) -> None:
    world.say("min")
    world.rooms.read(ROOM, "jun", 1, "r")
    world.rooms.gate.clear()
    socket, subscription = world.subscription("eve")
    made = asyncio.create_task(world.hub.subscribe(ROOM, subscription, None))
    await world.until(lambda: world.rooms.waiting == 1)
    world.tell(world.rooms.read(ROOM, "min", 1, "r"))
    world.rooms.gate.set()
    await made
    seen = {each["userId"]: each["seq"] for body in socket.bodies for each in body["positions"]}
    assert seen == {"min": 1, "jun": 1}


async def test_a_wish_that_moved_nothing_is_told_to_nobody(world: World) -> None:
    world.say("min")
    socket, _, _ = await world.listen("eve")
    world.tell(world.rooms.read(ROOM, "jun", 1, "r"), world.rooms.read(ROOM, "jun", 1, "again"))
    assert socket.types == ["read"]


async def test_positions_of_after_a_removal_do_not_reach_who_was_removed(world: World) -> None:
    world.say("min")
    jun, _, _ = await world.listen("jun")
    eve, _, _ = await world.listen("eve")
    gone = world.rooms.leave(ROOM, "jun")
    world.tell(world.rooms.read(ROOM, "min", 1, "r"))
    await world.until(lambda: eve.types == ["read"])
    world.tell(gone)
    assert "read" not in jun.types
