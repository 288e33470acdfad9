"""An operator and dead letters: from the log to one, its record, put back, given up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from elasticsearch import AsyncElasticsearch

from chatstream.domain.partitions import partition_of
from infra.elastic.client import connect
from infra.embedded.stack import Stack
from infra.kafka.producer import Outgoing
from schemas.contexts.log import APP
from schemas.contexts.messages import MESSAGE
from tests.client.waiting import eventually
from tests.e2e.letters import PARTITIONS, lay, misplaced_wish, put
from tests.e2e.readers import Reader
from tests.servers import elastic_of

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page, Route

pytestmark = [pytest.mark.stack, pytest.mark.browser]

# A day that no other line has, so that what is broken is broken for this test alone.
DAY = "1999-01-04"
INDEX = f"chatstream-logs-{DAY.replace('-', '.')}"
SAID = "이 문장도 운영자가 읽지 못해요"


@asynccontextmanager
async def spoiled(stack: Stack) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """While an index of that day takes no line; what is given mends it."""
    elastic: AsyncElasticsearch = connect(elastic_of(stack))

    async def remove() -> object:
        return await elastic.options(ignore_status=404).indices.delete(index=INDEX)

    try:
        await remove()
        mappings = {"properties": {"message": {"type": "integer"}}}
        await elastic.indices.create(index=INDEX, mappings=mappings)
        yield remove
    finally:
        await remove()
        await elastic.close()


def line_of(event_id: str, trace_id: str) -> bytes:
    line = {
        "@timestamp": f"{DAY}T03:04:05.678Z",
        "message": "a line",
        "event": {"id": event_id, "dataset": "chatstream.app"},
        "trace": {"id": trace_id},
    }
    return json.dumps(line).encode()


async def _letter_in_the_log(operator: Reader, trace_id: str) -> Locator:
    """The link to the dead letter of a trace, in /ops/log."""

    async def found() -> bool:
        await operator.open(f"/ops/log?dataset=deadletters&trace={trace_id}")
        await operator.page.wait_for_selector("#log-note:not(:empty)")
        return await operator.page.locator(".log-line").count() > 0

    await eventually(found)
    return operator.page.locator(".log-line").get_by_role("link", name="Dead letter")


async def _act(page: Page, act: str, **fields: str) -> None:
    """Press the button of the letter that is shown, fill the question and say yes."""
    await page.locator(f".letter [data-act={act}]").first.click()
    for name, value in fields.items():
        await page.fill(f"#{act}-{name}", value)
    await page.locator(f"#{act} [type=submit]").click()


async def _fate(page: Page, text: str) -> None:
    await page.locator(".letter-fate", has_text=text).first.wait_for()


async def test_a_letter_is_found_from_the_log_put_back_and_followed(
    operator: Reader, stack: Stack
) -> None:
    page, event_id, trace_id = operator.page, str(uuid4()), uuid4().hex
    parent = ("traceparent", f"00-{trace_id}-{uuid4().hex[:16]}-01".encode())
    async with spoiled(stack) as mend:
        place, line = partition_of(event_id, PARTITIONS), line_of(event_id, trace_id)
        await put(stack, Outgoing(APP.event.name, place, event_id.encode(), line, (parent,)))
        await (await _letter_in_the_log(operator, trace_id)).click()
        await page.locator(".letter[data-state=waiting]").wait_for()
        assert APP.dlq.name in page.url
        address = page.url
        assert event_id in await page.locator(".letter pre").inner_text()
        await page.get_by_role("link", name="Record on Kafka").click()
        await page.locator(".record[data-aim=true]", has_text=event_id).wait_for()
        await page.goto(address)

        await _act(page, "replay")
        await _fate(page, "failed again")
        await page.get_by_role("link", name="The letter that it led to").click()
        await page.wait_for_url(lambda url: url != address)
        await page.locator(".letter[data-state=waiting]").wait_for()
        await mend()
        await _act(page, "replay")
        await _fate(page, "Put back and processed")
        assert await page.locator("[data-act]").count() == 0
    assert operator.faults == []


async def test_texts_are_for_members_and_a_letter_is_given_up_with_a_reason(
    operator: Reader, reader: Reader, stack: Stack
) -> None:
    room_id = await reader.new_room("open", "데드 레터 방")
    await misplaced_wish(stack, reader, str(uuid4()), room_id, SAID)
    page = operator.page
    letter = page.locator(".letter").first

    async def listed() -> bool:
        await operator.open(f"/ops/dlq?topic={MESSAGE.request.name}&reason=misplaced")
        await page.wait_for_selector("#dlq-note:not(:empty)")
        if await letter.count():
            await letter.locator("summary").click()
            await letter.locator("pre").wait_for()
        return await letter.locator("pre", has_text=room_id).count() > 0

    await eventually(listed)
    letter_id = await letter.get_attribute("data-letter")
    assert SAID not in await page.content(), "the operator is not in the room"
    assert "message" in await letter.locator(".record-hidden").inner_text()
    await operator.api("GET", f"/chat/{room_id}")  # as who opens an open room: now a member
    await letter.locator(".letter-id").click()
    await page.wait_for_url(f"**/ops/dlq/{letter_id}")
    await page.locator(".letter pre", has_text=SAID).wait_for()

    await page.locator("[data-act=drop]").click()
    await page.locator("#drop [type=submit]").click()
    await page.locator("#drop-reason[aria-invalid=true]").wait_for()
    await page.fill("#drop-reason", "보낸 사람이 다시 썼어요")
    await page.keyboard.press("Enter")
    await _fate(page, "Given up: 보낸 사람이 다시 썼어요")
    assert await page.locator("[data-act]").count() == 0
    await operator.open(f"/ops/dlq?topic={MESSAGE.request.name}&state=dropped")
    await page.locator(f".letter[data-letter='{letter_id}']").wait_for()
    assert operator.faults == []


async def test_an_older_letter_asks_for_its_reader_and_pages_follow_one_another(
    operator: Reader, stack: Stack
) -> None:
    page, event_id, source = operator.page, str(uuid4()), f"kakao.of.{uuid4().hex}"
    lines = [line_of(event_id, uuid4().hex)]
    (old,) = await lay(stack, APP.event.name, APP.dlq.name, lines, reader="")
    await operator.open(f"/ops/dlq/{old}")
    await _act(page, "replay")
    await page.locator("#replay-reader[aria-invalid=true]").wait_for()
    await page.fill("#replay-reader", "log.app")
    await page.keyboard.press("Enter")
    await _fate(page, "Put back and processed")

    laid = await lay(stack, source, MESSAGE.dlq.name, [b"x"] * 51, reader="chat.messages")
    await operator.open("/ops/dlq")
    await page.fill("#dlq-topic", source)
    await page.keyboard.press("Enter")
    await page.locator("#dlq-note", has_text="The newest 50").wait_for()
    await page.click("#dlq-more")
    await page.locator("#dlq-note", has_text="51 dead letters").wait_for()
    shown = await page.locator(".letter").evaluate_all(
        "each => each.map((one) => one.dataset.letter)"
    )
    assert shown == laid[::-1]
    assert source in page.url
    await _act(page, "replay")
    await page.locator("#replay-problem", has_text="topic").wait_for()
    await page.locator("#replay [data-close]").click()
    await page.select_option("#dlq-state", "all")
    await page.wait_for_url("**state=all*")
    for value in ("waiting", "all"):
        await (page.go_back() if value == "waiting" else page.go_forward())
        await page.wait_for_function(
            "(value) => document.getElementById('dlq-state').value === value", arg=value
        )
        assert await page.input_value("#dlq-topic") == source
    assert [each for each in operator.faults if "400" not in each] == []


async def test_a_late_answer_leaves_the_question_about_another_letter_open(
    operator: Reader, stack: Stack
) -> None:
    page, answers = operator.page, asyncio.Queue[None]()
    source = f"kakao.of.{uuid4().hex}"
    lines = [line_of(str(uuid4()), uuid4().hex) for _ in range(2)]
    good, other = await lay(stack, APP.event.name, APP.dlq.name, lines, reader="log.app")
    (bad,) = await lay(stack, source, APP.dlq.name, [b"x"], reader="log.app")

    async def hold(route: Route) -> None:
        await answers.get()
        await route.continue_()

    async def ask(letter: str) -> None:
        await page.locator(f".letter[data-letter='{letter}'] [data-act=replay]").click()
        await page.locator("#replay-letter", has_text=letter).wait_for()

    await page.route("**/ops/dlq/*/replay", hold)
    await operator.open("/ops/dlq")
    for letter, told in (
        (good, page.locator(f".letter[data-letter='{good}']:not([data-state=waiting])")),
        (bad, page.locator("#dlq-note", has_text=f"{bad}: ")),
    ):
        await ask(letter)
        async with page.expect_request("**/replay"):
            await page.locator("#replay [type=submit]").click()
        await page.locator("#replay [data-close]").click()
        await ask(other)
        await answers.put(None)
        await told.wait_for()
        assert await page.inner_text("#replay-letter") == other
        assert await page.locator("#replay-problem").text_content() == ""
        await page.locator("#replay [data-close]").click()
    assert [each for each in operator.faults if "400" not in each] == []
