"""Single messages in the browser: edit, delete, reply, mention, links; also after a sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.readers import Pair, Reader

if TYPE_CHECKING:
    from playwright.async_api import Locator

pytestmark = [pytest.mark.stack, pytest.mark.browser]


COPY = "Copy link to the message"
SAVE = "Save this message"
PIN = "Set as notice"


def said(reader: Reader, text: str) -> Locator:
    return reader.page.locator("#lines .said", has=reader.page.locator(".bubble", has_text=text))


async def choose(reader: Reader, text: str, entry: str) -> None:
    """Open the menu of the first message that holds the text, by the keyboard, and choose."""
    await said(reader, text).first.locator(".bubble-more").press("Enter")
    await reader.page.get_by_role("menuitem", name=entry, exact=True).click()


async def test_an_edit_shows_at_once_to_both_and_says_that_it_is_one(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    await owner.write("see you at sevn")
    await guest.sees("see you at sevn")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await choose(owner, "see you at sevn", "Edit")
    field = owner.page.locator(".edit textarea")
    await field.fill("see you at seven")
    await field.press("Enter")
    for reader in (owner, guest):
        await reader.sees("see you at seven")
        await said(reader, "see you at seven").locator(".edited").wait_for()
        assert await said(reader, "sevn").count() == 0
    await said(guest, "see you at seven").locator(".bubble-more").press("Enter")
    entries = await guest.page.get_by_role("menuitem").all_text_contents()
    assert entries == ["Reply", COPY, SAVE, PIN]
    assert owner.faults + guest.faults == []


async def test_nothing_unseen_is_sent_and_what_is_pasted_along_is_left_out(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    await owner.page.fill("#draft", "\u200b\u3164 \u2800")
    await owner.page.wait_for_selector("#send:disabled")
    await owner.page.fill("#draft", "")
    await owner.write("see \u202eabc\u202c\u200b 👩\u200d👩\u200d👧 می\u200cخواهم")
    await guest.sees("see abc 👩\u200d👩\u200d👧 می\u200cخواهم")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await choose(owner, "see abc", "Edit")
    field = owner.page.locator(".edit textarea")
    await field.fill("\u3164\u200b")
    await field.press("Enter")
    await owner.page.locator(".edit .problem", has_text="Write something first").wait_for()
    assert owner.faults + guest.faults == []


async def test_an_edit_that_the_rules_refuse_says_why_and_leaves_the_message(
    two_in_a_room: Pair,
) -> None:
    owner, guest = two_in_a_room
    await owner.write("nice to meet you")
    await guest.sees("nice to meet you")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await choose(owner, "nice to meet you", "Edit")
    field = owner.page.locator(".edit textarea")
    await field.fill("틀 딱")
    await field.press("Enter")
    why = owner.page.locator(".edit .problem", has_text="a word that is not allowed")
    await why.wait_for()
    await field.press("Escape")
    for reader in (owner, guest):
        assert await said(reader, "nice to meet you").locator(".edited").count() == 0
        assert await said(reader, "틀 딱").count() == 0


async def test_a_delete_asks_first_and_leaves_only_the_place(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    await owner.write("a secret")
    await guest.sees("a secret")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await choose(owner, "a secret", "Delete for everybody")
    await owner.page.keyboard.press("Escape")
    assert await said(owner, "a secret").count() == 1
    await choose(owner, "a secret", "Delete for everybody")
    await owner.page.click("#sure-now")
    for reader in (owner, guest):
        line = said(reader, "This message was deleted.")
        await line.wait_for()
        assert "a secret" not in await reader.page.inner_text("#lines")
        assert await line.locator(".unread, .is-stored").count() == 0
    assert owner.faults + guest.faults == []


async def test_a_reply_quotes_leads_there_and_follows_what_it_quotes(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    await owner.write("who brings tea?")
    await guest.sees("who brings tea?")
    await guest.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await choose(guest, "who brings tea?", COPY)
    await guest.page.wait_for_selector("#room-note:has-text('Link copied')")
    assert await guest.page.evaluate("navigator.clipboard.readText()") == (
        guest.page.url + "?seq=1"
    )
    await choose(guest, "who brings tea?", "Reply")
    assert "who brings tea?" in await guest.page.inner_text("#replying")
    await guest.write("I do")
    quote = said(owner, "I do").locator(".quote")
    await quote.wait_for()
    assert "who brings tea?" in await quote.inner_text()
    await quote.click()
    await owner.page.wait_for_selector(".said.flash:focus")
    await owner.page.wait_for_selector("#waiting", state="hidden")
    await choose(owner, "who brings tea?", "Edit")
    await owner.page.locator(".edit textarea").fill("who brings coffee?")
    await owner.page.keyboard.press("Enter")
    await said(guest, "I do").locator(".quote", has_text="coffee").wait_for()
    assert owner.faults + guest.faults == []


async def test_a_member_is_completed_and_sees_that_it_is_mentioned(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    await owner.page.reload()
    await owner.page.wait_for_selector("#draft:enabled")
    await owner.page.focus("#draft")
    await owner.page.keyboard.type("look @ale")
    await owner.page.locator("#mention-list [aria-selected=true]").wait_for()
    await owner.page.keyboard.press("Enter")
    assert await owner.page.input_value("#draft") == f"look @{guest.user_id} "
    await owner.page.keyboard.press("Enter")
    await guest.page.wait_for_selector(".said.mentions-me .mention.me")
    assert await owner.page.locator(".said.mentions-me").count() == 0
    for text, count in ((f"a@{guest.user_id}", 0), (f"안녕 @{guest.user_id}님.", 1)):
        await choose(owner, "look", "Edit")
        await owner.page.locator(".edit textarea").fill(f"look {text}")
        await owner.page.keyboard.press("Enter")
        for reader in (owner, guest):
            await said(reader, f"look {text}").locator(".edited").wait_for()
        await owner.page.wait_for_selector(".edit", state="detached")
        assert await guest.page.locator(".said.mentions-me .mention.me").count() == count
    assert owner.faults + guest.faults == []


async def test_only_web_addresses_become_links_and_they_are_safe(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    text = (
        "see https://a.example/x?q=1&y=(2), http://b.example. not javascript:alert(1) "
        "<a href='https://c.example'>c</a> https://user:pw@d.example "
        "네이버(https://e.example)는 https://f.example/docs에서 https://g.example을"
    )
    await owner.write(text)
    await guest.sees("see https://a.example")
    bubble = said(guest, "see https://a.example").locator(".bubble")
    assert await bubble.text_content() == text
    links = await bubble.locator("a").evaluate_all(
        "nodes => nodes.map((a) => [a.getAttribute('href'), a.rel, a.target])"
    )
    assert [href for href, _, _ in links] == [
        "https://a.example/x?q=1&y=(2)",
        "http://b.example",
        "https://c.example",
        "https://e.example",
        "https://f.example/docs",
        "https://g.example",
    ]
    assert all("noopener" in rel and "noreferrer" in rel for _, rel, _ in links)
    assert guest.faults == []


async def test_a_page_that_slept_learns_of_edits_and_deletes(two_in_a_room: Pair) -> None:
    owner, guest = two_in_a_room
    for text in ("first", "second", "third"):
        await owner.write(text)
    await guest.sees("third")
    await guest.context.set_offline(True)
    await guest.page.wait_for_selector("#connection:visible")
    room_id = owner.page.url.rpartition("/")[2]
    page = await owner.api("GET", f"/chat/{room_id}/messages")
    first, second = (message["messageId"] for message in page["messages"][:2])
    path = f"/chat/{room_id}/messages"
    await owner.api("PATCH", f"{path}/{first}", {"message": "first, mended"})
    await owner.api("DELETE", f"{path}/{second}")
    await owner.write("fourth")
    await guest.context.set_offline(False)
    await guest.sees("fourth")
    assert await guest.shown() == [
        "first, mended",
        "This message was deleted.",
        "third",
        "fourth",
    ]
