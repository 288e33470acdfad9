"""The notice of a room through real Kafka, on two fronts, on open sockets and in the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from infra.elastic.client import connect
from infra.embedded.stack import Stack
from tests.client.api import PASSWORD, Refused, User, open_room, sign_up
from tests.client.stomp import Socket
from tests.client.waiting import eventually
from tests.servers import elastic_of

pytestmark = pytest.mark.stack


@pytest.fixture
async def pair(stack: Stack, base_url: str) -> AsyncIterator[tuple[User, User]]:
    """Two users, each at a front of their own past the gateway."""
    users = await sign_up(base_url), await sign_up(base_url)
    for user, front in zip(users, ("front-1", "front-2"), strict=True):
        user.base_url = stack.endpoints.worker_url(front)
    yield users
    for user in users:
        await user.close()


async def told(socket: Socket) -> Any:
    """The next event about the notice."""
    while (event := (await socket.message()).json)["type"] != "notice":
        pass
    return event


async def refused(user: User, method: str, path: str, body: object) -> tuple[int, str, Any]:
    """The status, the code and the field of a refusal."""
    with pytest.raises(Refused) as refusal:
        await user.call(method, path, body)
    details = refusal.value.details
    return refusal.value.status, str(refusal.value.code), details.get("field")


async def test_both_fronts_tell_in_order_what_becomes_of_a_notice(
    stack: Stack, pair: tuple[User, User]
) -> None:
    owner, guest = pair
    room_id = await open_room(owner, guest)
    path = f"/chat/{room_id}/notice"
    sockets = [Socket(owner), Socket(guest)]
    for socket in sockets:
        await socket.connect()
        await socket.subscribe(f"/sub/chat/room/{room_id}")
    said = (await owner.call("POST", f"/chat/{room_id}", {"message": "at sevn"}))["messageId"]
    answers = []
    for body in ({"messageId": said}, {"text": "물을 가져오세요"}, {"messageId": said}):
        answers.append((await guest.call("PUT", path, body))["notice"])
        assert (await owner.call("GET", path))["notice"] == answers[-1]
    changed = f"/chat/{room_id}/messages/{said}"
    await owner.call("PATCH", changed, {"message": "at seven"})
    edited = {**answers[-1], "text": "at seven"}
    assert (await guest.call("GET", path))["notice"] == edited
    # What follows a message says what it is by then: one that is gone was never edited.
    events = [[await told(socket) for _ in range(4)] for socket in sockets]
    await owner.call("DELETE", changed)
    assert await guest.call("GET", path) == {"notice": None}
    for socket, heard in zip(sockets, events, strict=True):
        heard.append(await told(socket))
        assert [event["notice"] for event in heard] == [*answers, edited, None]
        revs = [event["rev"] for event in heard]
        assert revs == sorted(set(revs))
        assert revs[:3] == [answer["rev"] for answer in answers]
    await kept_without_text(stack, room_id, ["noticeSet"] * 3 + ["noticeEdited", "noticeEnded"])
    guest.base_url = stack.base_url
    await ends_with_whoever_set_it(owner, guest, path, sockets[0])
    for socket in sockets:
        await socket.close()


async def kept_without_text(stack: Stack, room_id: str, actions: list[str]) -> None:
    """Returns when the log has an event of each change, in order; none has the words."""
    async with connect(elastic_of(stack)) as elastic:

        async def events() -> list[Any]:
            answer = await elastic.search(
                index="chatstream-events-*",
                query={"term": {"chatstream.room.id": room_id}},
                sort=[{"event.sequence": "asc"}],
                size=100,
            )
            found = [hit["_source"] for hit in answer["hits"]["hits"]]
            notices = [each for each in found if each["event"]["action"].startswith("notice")]
            return notices if len(notices) == len(actions) else []

        kept = await eventually(events)
    assert [event["event"]["action"] for event in kept] == actions
    assert not [word for word in ("물을", "at sev") if word in str(kept)]


async def ends_with_whoever_set_it(owner: User, guest: User, path: str, socket: Socket) -> None:
    """The guest sets one and is erased: it ends."""
    notice = (await guest.call("PUT", path, {"text": "goodbye"}))["notice"]
    assert (await told(socket))["notice"] == notice
    await guest.call("DELETE", "/user/me", {"password": PASSWORD})
    last = await told(socket)
    assert last["notice"] is None
    assert last["rev"] > notice["rev"]
    assert await owner.call("GET", path) == {"notice": None}


async def test_the_owner_reserves_it_with_a_new_name_at_once(pair: tuple[User, User]) -> None:
    owner, guest = pair
    room_id = await open_room(owner, guest)
    room, path = f"/chat/{room_id}", f"/chat/{room_id}/notice"
    assert (await guest.call("GET", room))["noticeBy"] == "members"
    await owner.call("PATCH", room, {"name": "reserved", "noticeBy": "owner"})
    entered = await guest.call("GET", room)
    assert (entered["name"], entered["noticeBy"]) == ("reserved", "owner")
    for method, body in (("PUT", {"text": "mine"}), ("DELETE", None)):
        assert (await refused(guest, method, path, body))[:2] == (403, "NOTICE_LOCKED")
    assert (await owner.call("PUT", path, {"text": "ours"}))["notice"]["text"] == "ours"
    wrong = await refused(owner, "PATCH", room, {"noticeBy": "nobody"})
    assert wrong == (400, "INVALID_INPUT", "noticeBy")
    with_guest = {"kind": "direct", "participants": [guest.user_id]}
    direct = (await owner.call("POST", "/chat", with_guest))["roomId"]
    assert (await owner.call("GET", f"/chat/{direct}"))["noticeBy"] is None
    for method, text in (("GET", None), ("PUT", {"text": "none"}), ("DELETE", None)):
        assert (await refused(owner, method, f"/chat/{direct}/notice", text))[:2] == (
            400,
            "INVALID_INPUT",
        )
    calls = (await owner.call("GET", "/openapi.json"))["paths"]["/chat/{roomId}/notice"]
    assert {"get", "put", "delete"} <= calls.keys()
