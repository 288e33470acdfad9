"""Posts through real Kafka, on two fronts: told live, read, liked, changed, refused, deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from infra.embedded.stack import Stack
from tests.client.api import Refused, User, sign_up
from tests.client.stomp import Socket
from tests.client.waiting import eventually

pytestmark = pytest.mark.stack

WITHIN = 120


@pytest.fixture
async def pair(stack: Stack, base_url: str) -> AsyncIterator[tuple[User, User]]:
    """Two users, each at a front of their own past the gateway."""
    users = await sign_up(base_url), await sign_up(base_url)
    for user, front in zip(users, ("front-1", "front-2"), strict=True):
        user.base_url = stack.endpoints.worker_url(front)
    yield users
    for user in users:
        await user.close()


@pytest.fixture
async def socket(pair: tuple[User, User]) -> AsyncIterator[Socket]:
    """The first one's own events."""
    listening = Socket(pair[0])
    await listening.connect()
    await listening.subscribe(f"/sub/user/{pair[0].user_id}")
    yield listening
    await listening.close()


async def told(socket: Socket) -> Any:
    """The next event about a post."""
    while not (event := (await socket.message(WITHIN)).json)["type"].startswith("content"):
        pass
    return event


async def refused(user: User, method: str, path: str, body: object = None) -> tuple[int, str, Any]:
    """The status, the code and the details of a refusal."""
    with pytest.raises(Refused) as refusal:
        await user.call(method, path, body)
    return refusal.value.status, str(refusal.value.code), refusal.value.details


def post(**changes: object) -> dict[str, object]:
    """A new post that the rules have nothing against."""
    post = {
        "contentId": str(uuid4()),
        "title": "겨울 바다",
        "body": "**눈**이 와요",
        "tags": ["바다"],
    }
    return post | changes


async def test_a_post_is_told_read_liked_changed_and_deleted(
    pair: tuple[User, User], socket: Socket
) -> None:
    author, reader = pair
    wanted = post()
    path = f"/content/{wanted['contentId']}"
    written = await author.call("POST", "/content", wanted)
    assert written == {"contentId": wanted["contentId"], "version": 1, "state": "inspecting"}
    event = await told(socket)
    assert (event["type"], event["contentId"], event["version"]) == (
        "contentPublished",
        wanted["contentId"],
        1,
    )
    assert (await author.call("POST", "/content", wanted))["state"] == "published"
    reused = await refused(reader, "POST", "/content", wanted)
    assert reused == (409, "CONTENT_ID_REUSED", {})
    shown = await reader.call("GET", path)
    assert shown["html"] == "<p><strong>눈</strong>이 와요</p>\n"
    assert (shown["publishedAt"], shown["mine"]) == (event["publishedAt"], None)
    await reader.call("PUT", f"{path}/like")
    await reader.call("PUT", f"{path}/like")

    async def is_counted() -> bool:
        now = await reader.call("GET", f"{path}?view=false")
        return bool((now["views"], now["likes"], now["liked"]) == (1, 1, True))

    await eventually(is_counted, seconds=WITHIN)
    await author.call("PATCH", path, {"version": 1, "title": "봄 바다"})
    event = await told(socket)
    assert (event["type"], event["version"]) == ("contentPublished", 2)
    assert event["editedAt"] is not None
    conflict = await refused(author, "PATCH", path, {"version": 1, "title": "여름 바다"})
    assert conflict == (409, "VERSION_CONFLICT", {"version": 2})
    assert await refused(reader, "DELETE", path) == (403, "NOT_THE_AUTHOR", {})
    versions = (await author.call("GET", f"{path}/versions"))["versions"]
    assert [each["version"] for each in versions] == [2, 1]
    await author.call("DELETE", path)
    for user in pair:
        assert (await refused(user, "GET", path))[:2] == (404, "CONTENT_NOT_FOUND")
    assert (await refused(reader, "PUT", f"{path}/like"))[:2] == (404, "CONTENT_NOT_FOUND")
    assert (await refused(author, "POST", "/content", wanted))[:2] == (409, "CONTENT_ID_REUSED")


async def test_what_is_refused_is_seen_by_its_author_alone_and_appealed_once(
    pair: tuple[User, User], socket: Socket
) -> None:
    author, reader = pair
    wanted = post(body="kill yourself")
    path = f"/content/{wanted['contentId']}"
    await author.call("POST", "/content", wanted)
    event = await told(socket)
    assert (event["type"], event["version"], event["reasons"]) == (
        "contentRefused",
        1,
        ["banned_word"],
    )
    assert (await refused(reader, "GET", path))[:2] == (404, "CONTENT_NOT_FOUND")
    own = await author.call("GET", path)
    assert (own["publishedAt"], own["mine"]["state"], own["views"]) == (None, "refused", 0)
    await author.call("POST", f"{path}/appeal", {"text": "농담이에요"})
    assert (await told(socket))["type"] == "contentInReview"
    again = await refused(author, "POST", f"{path}/appeal", {})
    assert again[:2] == (409, "ALREADY_APPEALED")


async def test_who_subscribes_has_the_posts_in_the_feed(
    pair: tuple[User, User], socket: Socket
) -> None:
    author, reader = pair
    wanted = post()
    await author.call("POST", "/content", wanted)
    await told(socket)
    path = f"/content/subscriptions/{author.user_id}"

    async def is_known() -> bool:
        """The author and the reader are in the copy of the accounts."""
        try:
            await reader.call("PUT", path)
        except Refused as error:
            if error.code != "USER_NOT_FOUND":
                raise
            return False
        return True

    await eventually(is_known, seconds=WITHIN)
    feed = (await reader.call("GET", "/content/feed"))["contents"]
    assert [each["contentId"] for each in feed] == [wanted["contentId"]]
    assert feed[0]["excerpt"] == "눈이 와요"
    own = await refused(author, "PUT", path)
    assert own[:2] == (400, "CANNOT_SUBSCRIBE_SELF")
    mine = await reader.call("GET", "/content/subscriptions")
    assert [each["userId"] for each in mine["subscriptions"]] == [author.user_id]
    await reader.call("DELETE", path)
    assert (await reader.call("GET", "/content/feed"))["contents"] == []
