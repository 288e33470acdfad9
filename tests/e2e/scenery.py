"""What people have said and done before a page is looked at."""

from __future__ import annotations

from tests.client.waiting import eventually
from tests.e2e.readers import PASSWORD, Reader, new_handle


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
        account = {"userId": handle, "password": PASSWORD, "name": name}
        signup = await reader.context.request.post(f"{reader.base_url}/user", data=account)
        assert signup.status == 201, await signup.text()
        await reader.api("PUT", f"/user/{what}/{handle}")
