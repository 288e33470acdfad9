"""What a socket is told of the room itself, and where its subscription ends."""

from __future__ import annotations

from tests.fakes.rooms import ROOM
from tests.fakes.stomp import TOPIC, Front


async def test_a_subscriber_is_told_of_name_and_owner(front: Front) -> None:
    client = await front.connect("jun")
    await client.subscribed(TOPIC)
    front.hub.tell(0, front.rooms.rename(ROOM, "새 이름"))
    front.hub.tell(0, front.rooms.hand_over(ROOM, "jun"))
    renamed, owned = await client.message(), await client.message()
    assert (renamed["type"], renamed["roomId"], renamed["name"]) == ("renamed", ROOM, "새 이름")
    assert (owned["type"], owned["userId"]) == ("ownerChanged", "jun")


async def test_a_deleted_room_unsubscribes_and_the_connection_stays(front: Front) -> None:
    client = await front.connect("jun")
    await client.subscribed(TOPIC)
    await client.subscribed("/sub/user/jun", "u")
    front.hub.tell(0, front.rooms.delete(ROOM))
    told = [await client.message(), await client.message()]
    assert [body["type"] for body in told] == ["roomDeleted", "removed"]
    await client.send("UNSUBSCRIBE", {"id": "s", "receipt": "still here"})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == "still here"


async def test_a_deleted_room_is_subscribed_to_by_nobody(front: Front) -> None:
    client = await front.connect("jun")
    front.rooms.delete(ROOM)
    await client.subscribe(TOPIC)
    assert (await client.error())[0] == "ROOM_NOT_FOUND"


async def test_who_was_removed_may_not_subscribe_again(front: Front) -> None:
    client = await front.connect("jun")
    await client.subscribed(TOPIC)
    front.hub.tell(0, front.rooms.leave(ROOM, "jun", by="min"))
    assert (await client.message())["type"] == "left"
    await client.subscribe(TOPIC, "again")
    assert (await client.error())[0] == "NOT_A_MEMBER"


async def test_who_comes_and_goes_is_told_to_the_room_and_to_their_own_pages(front: Front) -> None:
    client, newcomer = await front.connect("min"), await front.connect("eve")
    await client.subscribed(TOPIC)
    await newcomer.subscribed("/sub/user/eve")
    front.hub.tell(0, front.rooms.join(ROOM, "eve", by="min"))
    front.hub.tell(0, front.rooms.leave(ROOM, "eve", by="min"))
    came, went = await client.message(), await client.message()
    assert (came["type"], came["userId"], came["memberCount"]) == ("joined", "eve", 3)
    assert (went["type"], went["userId"], went["memberCount"]) == ("left", "eve", 2)
    own = [await newcomer.message(), await newcomer.message()]
    assert [(body["type"], body["roomId"]) for body in own] == [
        ("invited", ROOM),
        ("removed", ROOM),
    ]
