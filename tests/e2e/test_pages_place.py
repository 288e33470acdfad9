"""A link to a message opens its room at that message, in a long room too, and all goes on there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from infra.embedded.stack import Stack
from tests.client.waiting import eventually
from tests.e2e.readers import NARROW, Reader, member, stranger
from tests.e2e.scenery import lengthened
from tests.e2e.test_pages_access import judge, violations
from tests.e2e.test_pages_login import log_in
from tests.e2e.test_pages_reading import has_read
from tests.e2e.test_pages_words_search import new_word, until_shown
from tests.generated import cursor_on, lengthen

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = [pytest.mark.stack, pytest.mark.browser]

LENGTH = 5_000
NEEDLE = 2_501

SEQS = "[...document.querySelectorAll('#lines .said')].map(({dataset}) => Number(dataset.seq))"
TOP = "document.getElementById('scroller').scrollTop"
# The first message on the screen, and how far below the upper edge it is; null at the end.
PLACE = """() => {
  const top = document.getElementById("scroller").getBoundingClientRect().top;
  const items = [...document.querySelectorAll("#lines .said")];
  const item = items.find((each) => each.getBoundingClientRect().bottom > top);
  return [Number(item.dataset.seq), Math.round(item.getBoundingClientRect().top - top)];
}"""
# The place that the history entry has kept, once it is the present one; two pixels are no other.
KEPT = f"""() => {{
  const [seq, offset] = ({PLACE})();
  const {{ place }} = history.state ?? {{}};
  if (place?.seq !== seq || Math.abs(place.offset - offset) > 2.5) return null;
  return [seq, Math.round(place.offset)];
}}"""
IS_AT = f"""([seq, offset]) => {{
  const [shown, at] = ({PLACE})();
  return shown === seq && Math.abs(at - offset) < 2;
}}"""
# Whether the message with this text is marked, has the focus, and its middle is in the middle of
# the view, give or take a tenth of it.
LANDED = """text => {
  const at = document.activeElement;
  if (!at.matches(".said.flash") || !at.textContent.includes(text)) return false;
  const view = document.getElementById("scroller").getBoundingClientRect();
  const box = at.getBoundingClientRect();
  return Math.abs(box.top + box.height / 2 - view.top - view.height / 2) < view.height / 10;
}"""


@dataclass
class LongRoom:
    """A group of two with a long history by the guest, in the middle of it a word to be found."""

    room_id: str
    word: str
    owner: Reader
    guest: Reader
    dsn: str

    def delete(self, seq: int) -> None:
        """Delete a generated message: a fact of it would outlive it."""
        with cursor_on(self.dsn) as cursor:
            cursor.execute(
                "update messages set body = null, deleted_at = now()"
                " where room_id = %s and seq = %s and partition = 100",
                (self.room_id, seq),
            )
            assert cursor.rowcount == 1

    def path(self, seq: int | str) -> str:
        return f"/rooms/{self.room_id}?seq={seq}"


@pytest.fixture
async def long_room(stack: Stack, owner: Reader, guest: Reader) -> AsyncIterator[LongRoom]:
    room_id = await owner.new_room("group", "긴 대화", guest.user_id)
    word = new_word("needle")
    with lengthened(stack, room_id, guest.user_id, NEEDLE - 1) as dsn:
        await guest.say(room_id, f"a {word} in the hay")
        lengthen(dsn, room_id, guest.user_id, LENGTH)
        yield LongRoom(room_id, word, owner, guest, dsn)


def note(frame: str | bytes, told: list[str]) -> None:
    """Keep what is sent of a read position."""
    text = frame if isinstance(frame, str) else frame.decode()
    if text.startswith("SEND") and "/read\n" in text:
        told.append(text)


async def landed(reader: Reader, text: str) -> None:
    """Returns when the message with this text is marked, has the focus and is in the middle."""
    # Looked at in one go: the mark is gone after a moment.
    await reader.page.wait_for_function(LANDED, arg=text)


async def place_of(reader: Reader) -> list[int]:
    """What the reader looks at, once the history entry has kept it."""
    kept = await reader.page.wait_for_function(KEPT)
    place: list[int] = await kept.json_value()
    return place


async def is_back_at(reader: Reader, place: list[int]) -> None:
    """Returns when the reader looks there again, to the pixel."""
    seq, offset = place
    await reader.page.wait_for_selector(f"#lines [data-seq='{seq}']", state="attached")
    await reader.page.wait_for_function(IS_AT, arg=[seq, offset])


async def seqs(reader: Reader) -> list[int]:
    """The shown numbers, which are one piece without a hole."""
    shown: list[int] = await reader.page.evaluate(SEQS)
    assert shown == list(range(shown[0], shown[-1] + 1))
    return shown


async def shows(reader: Reader, seq: int) -> None:
    await reader.page.wait_for_selector(f"#lines [data-seq='{seq}']", state="attached")


async def test_a_hit_leads_to_its_place_and_history_goes_on_both_ways(long_room: LongRoom) -> None:
    room, owner, guest = long_room, long_room.owner, long_room.guest
    page = owner.page
    told: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: note(frame, told)))
    await owner.open("/search")
    await page.fill("#query", room.word)
    await until_shown(owner, "#search button[type=submit]", ".hit")
    await page.focus(".hit")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{room.path(NEEDLE)}")
    await landed(owner, room.word)
    assert await violations(owner) == []
    top = await page.evaluate(TOP)
    await guest.say(room.room_id, "said meanwhile")
    await page.wait_for_selector("#to-newest:has-text('Jump to newest (1)')")
    assert await page.evaluate(TOP) == top
    first, *_, last = await seqs(owner)
    assert last < LENGTH
    for seq, edge in ((first - 1, "0"), (last + 1, "scroller.scrollHeight")):
        await page.evaluate(f"scroller.scrollTop = {edge}")
        await shows(owner, seq)
    assert len(await seqs(owner)) >= 150
    # What lies between what was read and this place was not seen.
    assert told == []
    assert (await owner.api("GET", f"/chat/{room.room_id}"))["lastReadSeq"] == 0
    await page.evaluate("scroller.scrollTop = scroller.scrollHeight / 3")
    read = await place_of(owner)
    await page.reload()
    await is_back_at(owner, read)
    await page.go_back()
    await page.wait_for_selector(f".hit:focus:has-text('{room.word}')")
    assert await page.input_value("#query") == room.word
    await page.go_forward()
    await is_back_at(owner, read)
    await page.wait_for_url(f"**{room.path(NEEDLE)}")
    await goes_and_comes_back(room, read)
    assert (await seqs(owner))[-1] == LENGTH + 1
    await has_read(owner, room.room_id, LENGTH + 1)
    assert told
    assert owner.faults == []


async def goes_and_comes_back(room: LongRoom, read: list[int]) -> None:
    """To the newest and back, to another page and back, and to the newest."""
    owner, page = room.owner, room.owner.page
    await page.click("#to-newest")
    await owner.sees("said meanwhile")
    await page.wait_for_selector("#to-newest", state="hidden")
    await page.wait_for_url(f"**/rooms/{room.room_id}")
    await page.go_back()
    await is_back_at(owner, read)
    await page.wait_for_url(f"**{room.path(NEEDLE)}")
    await page.click('.rail a[href="/friends"]')
    await page.wait_for_url("**/friends")
    await page.go_back()
    await is_back_at(owner, read)
    await page.click("#to-newest")
    await owner.sees("said meanwhile")


async def test_an_old_place_meets_the_present_and_what_one_says_is_seen(
    long_room: LongRoom,
) -> None:
    room, owner, guest = long_room, long_room.owner, long_room.guest
    page = owner.page
    await owner.open(room.path(LENGTH - 120))
    await landed(owner, f"generated {LENGTH - 120}")
    await guest.say(room.room_id, "held for a while")
    await page.wait_for_selector("#to-newest:has-text('(1)')")

    async def is_met() -> bool:
        await page.evaluate("scroller.scrollTop = scroller.scrollHeight")
        return await page.is_hidden("#later")

    await eventually(is_met)
    await guest.say(room.room_id, "and live again")
    await owner.sees("and live again")
    assert (await seqs(owner))[-1] == LENGTH + 2
    # What is said at an old place leads to the newest.
    old = await message_at(guest, room.room_id, 10)
    body = {"message": "do you remember?", "replyTo": old["messageId"]}
    await guest.api("POST", f"/chat/{room.room_id}", body)
    quote = page.locator(".said", has_text="do you remember?").locator(".quote")
    await quote.wait_for()
    await page.evaluate("scroller.scrollTop -= 300")
    read = await place_of(owner)
    # By hand, so that nothing is scrolled for the click.
    await quote.evaluate("node => { node.focus({ preventScroll: true }); node.click(); }")
    await landed(owner, "generated 10")
    assert (await seqs(owner))[-1] < NEEDLE
    await page.wait_for_url(f"**{room.path(10)}")
    await page.go_back()
    await is_back_at(owner, read)
    await page.wait_for_selector(".quote:focus")
    await page.go_forward()
    await shows(owner, 10)
    assert (await seqs(owner))[-1] < NEEDLE
    await owner.write("yes, I do")
    await owner.sees("yes, I do")
    await page.wait_for_selector("#waiting", state="hidden")
    assert (await seqs(owner))[-1] == LENGTH + 4
    assert owner.faults == []


async def test_thousands_of_unread_messages_begin_at_the_first(long_room: LongRoom) -> None:
    room, owner = long_room, long_room.owner
    page = owner.page
    await owner.api("PUT", f"/chat/{room.room_id}/read", {"seq": 100})
    await has_read(owner, room.room_id, 100)
    room.delete(101)
    await owner.open("/rooms")
    row = page.locator(f'#my-rooms [data-room="{room.room_id}"] a')
    await row.locator(".room-unread", has_text="999+").wait_for()
    await row.click()
    line = page.locator("#lines .unread-from")
    await line.wait_for()
    # A deleted message is not there to be read.
    assert await line.evaluate("node => node.nextElementSibling.dataset.seq") == "102"
    assert await line.evaluate(
        "node => node.getBoundingClientRect().top - scroller.getBoundingClientRect().top"
    ) == pytest.approx(60, abs=2)
    assert await violations(owner) == []
    begun = await place_of(owner)
    assert 100 <= (await owner.api("GET", f"/chat/{room.room_id}"))["lastReadSeq"] < 200
    await page.click("#to-newest")
    await owner.sees(f"generated {LENGTH}")
    await has_read(owner, room.room_id, LENGTH)
    await page.go_back()
    await is_back_at(owner, begun)
    await line.wait_for()
    await page.go_forward()
    await owner.sees(f"generated {LENGTH}")
    assert (await owner.api("GET", f"/chat/{room.room_id}"))["lastReadSeq"] == LENGTH
    assert owner.faults == []


async def message_at(reader: Reader, room_id: str, seq: int) -> Any:
    page = await reader.api("GET", f"/chat/{room_id}/messages?around={seq}&limit=1")
    [message] = page["messages"]
    return message


async def test_a_shared_link_opens_for_members_only_and_says_what_is_not_there(
    long_room: LongRoom, base_url: str, browser: Browser
) -> None:
    room, owner, guest = long_room, long_room.owner, long_room.guest
    page = owner.page
    needle = await message_at(guest, room.room_id, NEEDLE)
    await guest.api("DELETE", f"/chat/{room.room_id}/messages/{needle['messageId']}")
    await owner.open(room.path(NEEDLE))
    await landed(owner, "This message was deleted.")
    await owner.open(room.path(LENGTH + 1))
    await page.wait_for_selector("#room-note:has-text('is not here')")
    await owner.sees(f"generated {LENGTH}")
    await page.wait_for_selector("#to-newest", state="hidden")
    async with member(browser, base_url, "Outsider") as outsider:
        await outsider.open(room.path(NEEDLE))
        await outsider.page.wait_for_selector("#cover:visible")
        assert await outsider.page.locator("#lines .said").count() == 0
    async with stranger(browser, base_url, viewport=NARROW, reduced_motion="reduce") as again:
        again.user_id = guest.user_id
        await again.open(room.path(NEEDLE - 1))
        await log_in(again)
        await again.page.wait_for_url(f"**{room.path(NEEDLE - 1)}")
        await landed(again, f"generated {NEEDLE - 1}")
        assert await judge(again, "place") == []
