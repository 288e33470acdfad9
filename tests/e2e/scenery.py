"""What people have said and done before a page is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from chatstream.domain.partitions import partition_of
from infra.embedded.stack import Stack
from tests.client.api import User, sign_up
from tests.client.waiting import eventually
from tests.e2e.readers import PASSWORD, Reader, new_handle
from tests.e2e.readers import sign_up as make_account
from tests.generated import cursor_on, homes_of, lengthen


@asynccontextmanager
async def speaker(base_url: str, name: str) -> AsyncIterator[User]:
    """Somebody without a browser, logged in; a name of small letters is shown with a capital."""
    user = await sign_up(base_url, name)
    try:
        yield user
    finally:
        await user.close()


def home_of(stack: Stack, room_id: str) -> str:
    """The dsn of the chat database that holds the room."""
    homes = homes_of(next(dsn for name, dsn in stack.dsns.items() if name.startswith("chat-")))
    return stack.dsns[homes[partition_of(room_id, len(homes))]]


@contextmanager
def lengthened(stack: Stack, room_id: str, user_id: str, upto: int) -> Iterator[str]:
    """A room with messages of the user up to this seq, "generated 1" and so on; its home's dsn.

    They are taken away at the end: they are in no fact line, and nobody else must count them.
    """
    dsn = home_of(stack, room_id)
    try:
        lengthen(dsn, room_id, user_id, upto)
        yield dsn
    finally:
        with cursor_on(dsn) as cursor:
            cursor.execute(
                "delete from messages where room_id = %s and partition = 100", (room_id,)
            )


async def keep_and_change(reader: Reader) -> str:
    """A room with a quoted, an edited, a deleted and two saved messages; its id."""
    room_id = await reader.new_room("open", "서울 맛집 탐방 · Seoul food")
    path = f"/chat/{room_id}"
    said = [
        await reader.api("POST", path, {"message": text})
        for text in ("어디서 볼까요?", "see https://noodle.example/menu", "oops", "Hello. " * 30)
    ]
    quoted, edited, gone, long = (message["messageId"] for message in said)
    answer = {"message": f"네! @{reader.user_id}", "replyTo": quoted, "mentions": [reader.user_id]}
    await reader.api("POST", path, answer)
    await reader.api("PATCH", f"{path}/messages/{edited}", {"message": "see https://b.example"})
    for kept in (edited, gone, long):
        await reader.api("PUT", f"/chat/saved/{room_id}/{kept}")
    await reader.api("DELETE", f"{path}/messages/{gone}")
    return room_id


async def flood(reader: Reader, room_id: str) -> None:
    """Say the same until it mutes: two sanctions to look at."""
    headers = {"Authorization": f"Bearer {reader.token}"}

    async def refused() -> bool:
        answer = await reader.context.request.post(
            f"{reader.base_url}/chat/{room_id}", headers=headers, data={"message": "사세요 " * 9}
        )
        return answer.status == 422

    await eventually(refused)


async def erased(reader: Reader) -> str:
    """Leave for good; the id of the saga, when it is done."""
    saga_id: str = (await reader.api("DELETE", "/user/me", {"password": PASSWORD}))["sagaId"]
    return saga_id


async def fill_the_lists(reader: Reader) -> None:
    """Two friends and somebody blocked, one with the longest of names."""
    for name, what in (
        ("이서준", "friends"),
        ("Wolfeschlegelsteinhausen" + "b" * 16, "friends"),
        ("Kim", "blocks"),
    ):
        handle = new_handle("friend")
        await make_account(reader, handle, name)
        await reader.api("PUT", f"/user/{what}/{handle}")
