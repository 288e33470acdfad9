"""Every page, signed out, as a member and as an operator: WCAG 2.2 AA, keys, zoom, motion.

A page that the fronts serve and that has no row here fails. Members see Korean, operators English.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.embedded.stack import Stack
from infra.nginx.routes import ENDLESS, ROUTES
from schemas.contexts.log import APP
from schemas.contexts.messages import MESSAGE
from tests.client.waiting import eventually
from tests.e2e.campaigns import open_campaign
from tests.e2e.letters import lay
from tests.e2e.posts import BODY, doubtful, published
from tests.e2e.readers import Reader, member, stranger
from tests.e2e.scenery import erased, fill_the_lists, flood, keep_and_change
from tests.e2e.test_pages_sanctions import STRICT
from tests.e2e.walking import NARROW, SWAGGER, WIDE, Walk, faults_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = [pytest.mark.stack, pytest.mark.browser]

GUEST, READER, OPERATOR = "guest", "reader", "operator"
EVERYBODY, MEMBERS = (GUEST, READER, OPERATOR), (READER, OPERATOR)

# Both sizes and both themes for everybody; each page in all four, over the two languages.
WALKS: Mapping[str, tuple[Any, ...]] = {
    GUEST: ((NARROW, "dark"), (WIDE, "light"), (NARROW, "light"), (WIDE, "dark")),
    READER: ((NARROW, "dark"), (WIDE, "light")),
    OPERATOR: ((WIDE, "dark"), (NARROW, "light")),
}

Steps = Callable[["Page"], Awaitable[object]]


async def _stay(_: Page) -> None:
    """As it comes."""


def click(*selectors: str) -> Steps:
    """Click these, one after the other."""

    async def steps(page: Page) -> None:
        for selector in selectors:
            await page.locator(selector).first.click()

    return steps


@dataclass(frozen=True)
class State:
    """A page as it is looked at: `until` is there when it is whole, `then` after `steps`.

    `by` is who alone looks.
    """

    until: str
    steps: Steps = _stay
    then: str = "main, #main"
    by: str = ""


@dataclass(frozen=True)
class Row:
    """Who sees a page, and in which states; the first is seen by all of them, others by one."""

    who: tuple[str, ...]
    states: Mapping[str, State]
    without: tuple[str, ...] = ()


async def _open_menu(page: Page) -> None:
    await page.locator("#lines .said").nth(1).press("Enter")


# A muted reader with two refused messages and a draft, as their own page would have kept them.
_TYPED = """() => {
  const room = location.pathname.split("/").at(-1);
  const owner = JSON.parse(document.getElementById("page-data").textContent).me.userId;
  const keep = (kind, name, value) =>
    localStorage.setItem(`chatstream.${kind}/${owner}/${room}/${name}`, JSON.stringify(value));
  const until = new Date(Date.now() + 600000).toISOString();
  const refusal = {code: "MESSAGE_REFUSED", reason: "muted", until, cause: "repeat"};
  ["a", "b"].forEach((messageId, place) => keep("outbox", messageId,
    {messageId, text: "사세요 ".repeat(9), more: {}, at: until, place, state: "failed", refusal}));
  keep("mute", "until", {until, cause: "repeat"});
  document.getElementById("draft").value = "아직 다 쓰지 못한 글입니다";
  document.getElementById("draft").dispatchEvent(new Event("input"));
}"""
_UNTYPED = """() => Object.keys(localStorage)
  .filter((key) => /^chatstream\\.(outbox|mute|draft)/.test(key))
  .forEach((key) => localStorage.removeItem(key))"""


async def _muted_and_refused(page: Page) -> None:
    await page.evaluate(_TYPED)
    await page.reload()
    await page.locator("#muted:visible").wait_for()
    await page.locator("#failed-all:visible").scroll_into_view_if_needed()


async def _refused_and_replying(page: Page) -> None:
    await page.evaluate(_UNTYPED)
    await page.reload()
    await page.locator("#draft:enabled").wait_for()
    await page.fill("#draft", "kill yourself")
    await page.press("#draft", "Enter")
    await page.locator("#waiting .why").wait_for()
    await _open_menu(page)
    await page.get_by_role("menuitem").first.press("Enter")
    await page.locator("#lines .said").first.hover()


async def _find(page: Page, words: str = "hello") -> None:
    await click("#open-find", "#find-filters")(page)
    await page.fill("#find-words", words)
    await page.press("#find-words", "Enter")


async def _find_nothing(page: Page) -> None:
    await _find(page, "helllo")


async def _lists_open(page: Page) -> None:
    await click("#blocked summary", "#edit-name")(page)
    async with page.expect_response("**/user/search?*"):
        await page.fill("#find-people-text", "friend-")


async def _preview(page: Page) -> None:
    await page.fill("#write-body", BODY)
    await page.click("#tab-preview")


ROWS: Mapping[str, Row] = {
    "/login": Row(
        (GUEST,),
        {
            "login": State("#login"),
            "signup": State("#login", click("#tab-signup"), "#signup-name"),
        },
    ),
    "/rooms": Row(
        MEMBERS,
        {
            "rooms": State("#my-rooms .room-link"),
            "directory": State("#my-rooms", click("#tab-open"), "#open-rooms .room-link"),
            "create": State("#my-rooms", click("#open-create"), "#create-name"),
        },
    ),
    "/rooms/{room_id}": Row(
        MEMBERS,
        {
            "room": State("#notice:visible", then="#lines .said .quote"),
            "notice": State("#notice:visible", click("#notice-head"), "#notice-text:visible"),
            "menu": State("#lines .said .quote", _open_menu, "[role=menuitem]"),
            "reply": State("#lines .said .quote", _refused_and_replying, "#replying"),
            "info": State("#draft:enabled", click("#open-info"), "#members li"),
            "find": State("#draft:enabled", _find, ".said.found"),
            "find-none": State("#draft:enabled", _find_nothing, "#find-note button"),
            "muted": State("#draft:enabled", _muted_and_refused, "#discard-all"),
        },
    ),
    "/friends": Row(
        MEMBERS,
        {
            "friends": State("#main"),
            "lists": State("#friends li", _lists_open, "#found li"),
            "blocking": State("#friends li", click("#friends li button >> nth=2"), "#block-now"),
        },
    ),
    "/words": Row(
        MEMBERS,
        {
            "words": State("#words-as-of:not(:empty)"),
            "table": State(
                "#words-as-of:not(:empty)", click("#chatAdd [aria-expanded]"), "#chatAdd tbody tr"
            ),
            "watched": State("#watched-charts .readout:not(:empty)", by=OPERATOR),
        },
    ),
    "/search": Row(
        MEMBERS,
        {
            "search": State("#hits .hit"),
            "me": State("#main", click("#open-me"), "#logout"),
            "erase": State("#main", click("#open-me", "#open-erase"), "#erase-password"),
        },
    ),
    "/saved": Row(MEMBERS, {"saved": State("#saved .saved-item, #saved-note:not(:empty)")}),
    "/coupons": Row(MEMBERS, {"coupons": State("#campaigns a")}),
    "/coupons/{campaign_id}": Row(MEMBERS, {"campaign": State("#claim:enabled")}),
    "/feed": Row(MEMBERS, {"feed": State(".post, #posts-note:not(:empty)")}),
    "/content/{contentId}": Row(
        MEMBERS,
        {
            "post": State("#post:visible"),
            "share": State("#post:visible", click("#share"), "#share-rooms li"),
        },
    ),
    "/people/{user_id}": Row(MEMBERS, {"author": State(".post")}),
    "/write": Row(
        MEMBERS,
        {
            "write": State("#write-title:enabled"),
            "preview": State("#write-title:enabled", _preview, "#preview-body pre"),
        },
    ),
    "/docs": Row(
        (GUEST, OPERATOR),
        {
            "docs": State(".opblock", by=OPERATOR),
            "call": State(
                ".opblock",
                click(".opblock-post .opblock-summary-control", ".try-out__btn"),
                ".btn.execute",
            ),
        },
        without=SWAGGER,
    ),
    "/ops": Row((OPERATOR,), {"overview": State(".card[data-area=rebuilds]")}),
    "/ops/sagas": Row((OPERATOR,), {"sagas": State("#sagas .saga")}),
    "/ops/sagas/{sagaId}": Row(
        EVERYBODY, {"saga": State("#saga [data-state=done], #saga-note:not(:empty)")}
    ),
    "/ops/log": Row(
        (OPERATOR,),
        {
            "log": State("#log-lines .log-line"),
            "way": State(
                "#log-lines .log-line",
                click(".line-links a:has-text('Whole way')", "#log-lines summary"),
                ".way-step",
            ),
        },
    ),
    "/ops/dashboards": Row(
        (OPERATOR,),
        {
            "dashboard": State("[data-panel=overview][data-state=drawn]"),
            "panel-table": State(
                "[data-panel=overview][data-state=drawn]",
                click("[data-panel=overview] summary"),
                "[data-panel=overview] td:visible",
            ),
        },
    ),
    "/ops/dashboards/{dashboard}": Row(
        (OPERATOR,), {"chat-dashboard": State("[data-panel=messages][data-state=drawn]")}
    ),
    "/ops/topics": Row((OPERATOR,), {"topics": State("#topics .topic")}),
    "/ops/topics/{topic}": Row(
        (OPERATOR,), {"records": State("#records .record", click("main details summary"))}
    ),
    "/ops/sanctions": Row((OPERATOR,), {"sanctions": State(".sanction")}),
    "/ops/coupons": Row(
        (OPERATOR,),
        {
            "numbers": State("#campaigns tr"),
            "make": State("#campaigns tr", click("#open-make"), "#make-title:visible"),
        },
    ),
    "/ops/inspections": Row((OPERATOR,), {"inspections": State(".inspection textarea")}),
    "/ops/lag": Row(
        (OPERATOR,), {"groups": State(".lag-group", click(".lag-group summary"), ".lag-topic")}
    ),
    "/ops/dlq": Row((OPERATOR,), {"letters": State(".letter", click(".letter summary"), "pre")}),
    "/ops/dlq/{letterId}": Row(
        (OPERATOR,),
        {
            "letter": State(".letter pre"),
            "replay": State(".letter", click("[data-act=replay]"), "#replay-reader"),
            "drop": State(
                ".letter", click("[data-act=drop]", "#drop [type=submit]"), "#drop .problem"
            ),
        },
    ),
    "/no/such/page": Row(EVERYBODY, {"error": State("h1")}),
}
NOT_ENUMERATED = {"/no/such/page"}
QUERIES = {
    "/search": "?q=hello",
    "/ops/dlq": f"?topic={APP.dlq.name}",
    "/ops/log": "?dataset=events&service=chat",
}


@dataclass
class Scene:
    """Who looks, and what stands for the parameters of a path."""

    people: dict[str, Reader]
    values: dict[str, str]

    def filled(self, template: str) -> str:
        """The path; a parameter that nothing stands for is a KeyError: give it a value here."""
        return template.format_map(self.values)


async def _logged_in(
    account: Reader, browser: Browser, stack: AsyncExitStack, **how: Any
) -> Reader:
    reader = await stack.enter_async_context(stranger(browser, account.base_url, **how))
    reader.user_id = account.user_id
    await reader.log_in()
    return reader


async def found_by(reader: Reader, words: str) -> bool:
    """Whether the search answers, and finds it for them by now."""
    answer = await reader.context.request.get(
        f"{reader.base_url}/search/messages?q={words}",
        headers={"Authorization": f"Bearer {reader.token}"},
    )
    return answer.ok and bool((await answer.json())["hits"])


@asynccontextmanager
async def scene(
    stack: Stack, browser: Browser, chief: Reader, policy: Path
) -> AsyncIterator[Scene]:
    """A room with a notice and every kind of message, friends, a mute, an erasure, a word."""
    base_url = stack.base_url
    async with AsyncExitStack() as open_contexts:
        keeper, flooder, leaving = await asyncio.gather(
            *(
                open_contexts.enter_async_context(member(browser, base_url, name))
                for name in ("김민지", "Flooder", "Leaving")
            )
        )
        room_id, _ = await asyncio.gather(
            keep_and_change(keeper), asyncio.to_thread(stack.command, "policy", "set", str(policy))
        )
        try:
            saga_id, *_ = await asyncio.gather(
                erased(leaving),
                flood(flooder, await flooder.new_room("open", "Ads")),
                fill_the_lists(keeper),
            )
        finally:
            stack.command("policy", "reset")
        await chief.api("GET", f"/chat/{room_id}")
        await keeper.api("PUT", f"/chat/{room_id}/notice", {"text": "see https://c.example 👋"})
        await chief.api("PUT", "/stats/watched/등산")
        campaign_id = await open_campaign(chief)
        content_id = await published(keeper)
        await doubtful(keeper)
        await eventually(partial(found_by, keeper, "hello"))
        await eventually(partial(found_by, chief, "hello"))
        how = {"viewport": WIDE, "reduced_motion": "reduce"}
        people = {
            GUEST: await open_contexts.enter_async_context(stranger(browser, base_url, **how)),
            READER: await _logged_in(keeper, browser, open_contexts, locale="ko", **how),
            OPERATOR: await _logged_in(chief, browser, open_contexts, locale="en", **how),
        }
        values = {"roomId": room_id, "room_id": room_id, "sagaId": saga_id, "word": "등산"}
        values |= {"topic": MESSAGE.response.name, "traceId": "0" * 32}
        (letter_id,) = await lay(stack, APP.event.name, APP.dlq.name, [b'{"at": 1}'], reader="")
        values["letterId"] = letter_id
        values |= dict.fromkeys(("campaignId", "campaign_id", "claimId", "couponId"), campaign_id)
        values |= {"dashboard": "chat", "panel": "messages"}
        values |= {"contentId": content_id, "user_id": keeper.user_id}
        values |= dict.fromkeys(("messageId", "sanctionId"), room_id) | {"userId": chief.user_id}
        yield Scene(people, values)


async def pages_of(scene: Scene) -> set[str]:
    """The paths that answer somebody's GET with a page."""
    found = set()
    for template in ROUTES:
        if template in ENDLESS or template.startswith(("/stomp/", "/static/")):
            continue
        for reader in (scene.people[GUEST], scene.people[OPERATOR]):
            answer = await reader.context.request.get(
                reader.base_url + scene.filled(template),
                headers={"Accept": "text/html"},
                max_redirects=0,
            )
            if answer.ok and "text/html" in answer.headers.get("content-type", ""):
                found.add(template)
    return found


async def bring(reader: Reader, path: str, state: State) -> None:
    """Open the page and bring it into the state; a TimeoutError when it does not come."""
    await reader.page.set_viewport_size(WIDE)
    await reader.open(path)
    await reader.page.locator(state.until).first.wait_for()
    await state.steps(reader.page)
    await reader.page.locator(state.then).first.wait_for()


def states_for(who: str, row: Row) -> dict[str, State]:
    """The states in which they look at the page, by name."""
    first = next(iter(row.states))

    def is_theirs(name: str, state: State) -> bool:
        return who == (state.by or row.who[0]) or (name == first and not state.by)

    return {name: state for name, state in row.states.items() if is_theirs(name, state)}


async def walk(scene: Scene, who: str) -> list[str]:
    """Every fault that they meet on their pages, in each state."""
    from playwright.async_api import TimeoutError as NotThere

    reader, faults = scene.people[who], []
    for template, row in ROWS.items():
        how = Walk(WALKS[who], row.without)
        for name, state in states_for(who, row).items() if who in row.who else ():
            try:
                await bring(reader, scene.filled(template) + QUERIES.get(template, ""), state)
            except NotThere as missing:
                faults.append(f"{name}-{who}: {missing}")
            else:
                faults += await faults_of(reader.page, f"{name}-{who}", how)
    return faults + [each for each in reader.faults if "Failed to load resource" not in each]


async def test_every_page_can_be_used_by_everybody(
    stack: Stack, browser: Browser, operator: Reader, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(STRICT))
    async with scene(stack, browser, operator, policy) as seen:
        assert await pages_of(seen) == ROWS.keys() - NOT_ENUMERATED, "give each page a row"
        walks = await asyncio.gather(*(walk(seen, who) for who in EVERYBODY))
    faults = [fault for walked in walks for fault in walked]
    assert not faults, "\n".join(faults)
