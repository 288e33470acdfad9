"""Reading in the browser: the number beside a message, the place one stopped at, who is typing."""

from __future__ import annotations

import pytest

from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.e2e.readers import NARROW, Pair, Reader
from tests.e2e.scenery import lengthened
from tests.e2e.test_pages_access import violations

WITHIN = 45.0


async def has_read(reader: Reader, room_id: str, seq: int) -> None:
    """Returns when the reader's position is stored there."""

    async def is_there() -> bool:
        room = await reader.api("GET", f"/chat/{room_id}")
        return bool(room["lastReadSeq"] == seq)

    await eventually(is_there, WITHIN)


pytestmark = [pytest.mark.stack, pytest.mark.browser]


async def test_the_number_beside_a_message_goes_when_the_other_has_seen_it(
    owner: Reader, guest: Reader
) -> None:
    await guest.page.set_viewport_size(NARROW)
    room_id = await owner.new_room("group", "읽음", guest.user_id)
    await owner.enter(room_id)
    await owner.write("읽었나요?")
    number = owner.page.locator("#lines .said.own .unread")
    await number.filter(has_text="1 person has not read it").wait_for()
    await guest.enter(room_id)
    await guest.sees("읽었나요?")
    await number.wait_for(state="detached")
    assert owner.faults + guest.faults == []


async def test_a_room_opens_where_one_stopped_and_its_badge_counts_what_is_new(
    stack: Stack, owner: Reader, guest: Reader
) -> None:
    room_id = await owner.new_room("group", "Far behind", guest.user_id)
    await owner.say(room_id, "seen before")
    await guest.enter(room_id)
    await has_read(guest, room_id, 1)
    badge = guest.page.locator(f'#my-rooms [data-room="{room_id}"] .room-unread')
    with lengthened(stack, room_id, owner.user_id, 66):
        await guest.open("/rooms")
        await badge.filter(has_text="65 unread messages").wait_for()
        for number in range(67, 72):
            await owner.say(room_id, f"new {number}")
        await badge.filter(has_text="70 unread messages").wait_for()
        await begins_at_the_first_unread(guest, room_id)
        await guest.open("/rooms")
        await guest.page.locator(f'#my-rooms [data-room="{room_id}"]').wait_for()
        assert await badge.all_text_contents() == []
    assert guest.faults == []


async def begins_at_the_first_unread(guest: Reader, room_id: str) -> None:
    """Enter the room of 71 messages, of which one is read, and read them all."""
    await guest.enter(room_id)
    line = guest.page.locator("#lines .unread-from")
    await line.wait_for()
    assert await line.evaluate("node => node.previousElementSibling.dataset.seq") == "1"
    assert await line.evaluate(
        """node => {
          const box = document.getElementById("scroller").getBoundingClientRect();
          const { top } = node.getBoundingClientRect();
          return top >= box.top && top < box.top + box.height / 2;
        }"""
    )
    assert await guest.page.is_visible("#to-newest")
    assert await violations(guest) == []
    room = await guest.api("GET", f"/chat/{room_id}")
    assert 1 <= room["lastReadSeq"] < 71
    await guest.page.click("#to-newest")
    await has_read(guest, room_id, 71)


async def test_who_types_is_shown_to_the_other_and_not_any_more_when_it_has_come(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    await guest.write("both are connected")
    await guest.sees("both are connected")
    await owner.sees("both are connected")
    await owner.page.focus("#draft")
    await owner.page.keyboard.type("wait for it")
    await guest.page.wait_for_selector("#typing:not(.fading) span:has-text('김민지 is typing')")
    await owner.page.keyboard.press("Enter")
    await guest.sees("wait for it")
    await guest.page.wait_for_selector("#typing.fading", state="attached")
    assert await owner.page.locator("#typing span", has_text="김민지").count() == 0
    assert owner.faults + guest.faults == []
