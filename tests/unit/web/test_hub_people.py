"""The hub tells of new names and of changed lists of friends: whom, and whom not."""

from __future__ import annotations

from schemas import records
from tests.fakes.hub import World
from tests.fakes.rooms import OTHER, ROOM
from tests.samples import Since

AT = "2026-11-21T12:00:00.000Z"


def renamed(account: str, fact_no: int = 1, name: str = "새 이름") -> records.ProfileChanged:
    return records.ProfileChanged(
        fact_no=fact_no, request_id="q", account_id=account, user_id=account, name=name, at=AT
    )


def added(account: str, fact_no: int = 1) -> records.FriendAdded:
    return records.FriendAdded(
        request_id="q",
        account_id=account,
        fact_no=fact_no,
        user_id=account,
        target_id="jun",
        target_user_id="jun",
        at=AT,
    )


async def test_a_new_name_is_told_once_to_all_who_share_a_room_and_to_nobody_else(
    world: World,
) -> None:
    world.rooms.create(OTHER, "min", "jun")
    own, _ = await world.watch("min")
    shares, _ = await world.watch("jun")
    stranger, _ = await world.watch("stranger")
    moved = Since()
    world.hub.tell(0, renamed("min"))
    world.hub.tell(0, renamed("min"))
    await world.until(lambda: bool(own.bodies and shares.bodies))
    told = [{"type": "nameChanged", "userId": "min", "userName": "새 이름"}]
    assert (own.bodies, shares.bodies, stranger.bodies) == (told, told, [])
    assert moved("hub_deliveries_total", to="account") == 2


async def test_names_are_told_in_the_order_of_the_line(world: World) -> None:
    listener, _ = await world.watch("jun")
    for number, name in enumerate(("하나", "둘", "셋"), start=1):
        world.hub.tell(0, renamed("min", number, name))
    await world.until(lambda: len(listener.bodies) == 3)
    assert [body["userName"] for body in listener.bodies] == ["하나", "둘", "셋"]


async def test_who_has_left_the_room_hears_no_more_of_its_names(world: World) -> None:
    gone, _ = await world.watch("jun")
    stays, _ = await world.watch("eve")
    world.tell(world.rooms.leave(ROOM, "jun"))
    world.hub.tell(0, renamed("min"))
    await world.until(lambda: "nameChanged" in stays.types)
    assert gone.types == ["removed"]


async def test_a_store_that_is_away_delays_a_name(world: World) -> None:
    listener, _ = await world.watch("jun")
    world.rooms.gate.clear()
    world.hub.tell(0, renamed("min"))
    await world.until(lambda: world.rooms.waiting == 1)
    assert listener.bodies == []
    world.rooms.gate.set()
    await world.until(lambda: listener.types == ["nameChanged"])


async def test_signups_and_refusals_tell_nobody(world: World) -> None:
    listener, _ = await world.watch("min")
    created = records.AccountCreated(
        fact_no=1, request_id="q", account_id="min", user_id="min", name="민", created_at=AT
    )
    world.hub.tell(0, created)
    unchanged = records.FriendUnchanged(request_id="q", account_id="min", at=AT)
    world.hub.tell(0, unchanged)
    world.hub.tell(0, added("min"))
    await world.until(lambda: bool(listener.bodies))
    assert listener.types == ["friendsChanged"]


async def test_changed_lists_are_told_to_their_owner_alone_and_once(world: World) -> None:
    own, _ = await world.watch("min")
    other, _ = await world.watch("jun")
    for fact in (added("min", 1), added("min", 2), added("min", 2), added("min", 1)):
        world.hub.tell(0, fact)
    assert own.bodies == [{"type": "friendsChanged"}] * 2
    assert other.bodies == []
