"""Names, room names and messages follow one rule at every entrance, and say how to mend them."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import PASSWORD, bearer, fault_of
from tests.unit.web.room_rig import Rig, room_rig

BAD = ["\u3164", "\u200b", "abc\u202egnp.exe", "a\u200bb", "a\u2066b\u2069", "\u0301"]
GOOD = ["👩‍👩‍👧", "می‌خواهم", "क्‍ष", "1️⃣", "محمد", "\u1112\u1161\u11ab"]
ENTRANCES = ["sign up", "own name", "open room", "group", "rename", "message"]


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await room_rig(make_edge)


async def write(rig: Rig, entrance: str, text: str, language: str = "en") -> ClientResponse:
    """Write the text where the entrance takes it."""
    room_id = await rig.make("minsu", "group")
    calls: dict[str, tuple[str, str, dict[str, Any]]] = {
        "sign up": ("POST", "/user", {"userId": "new.one", "password": PASSWORD, "name": text}),
        "own name": ("PATCH", "/user/me", {"name": text}),
        "open room": ("POST", "/chat", {"kind": "open", "name": text}),
        "group": ("POST", "/chat", {"kind": "group", "name": text}),
        "rename": ("PATCH", f"/chat/{room_id}", {"name": text}),
        "message": ("POST", f"/chat/{room_id}", {"message": text}),
    }
    method, path, body = calls[entrance]
    headers = {"Accept-Language": language}
    if entrance != "sign up":
        headers |= bearer((await rig.edge.tokens("minsu"))["accessToken"])
    return await rig.edge.client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("text", BAD, ids=ascii)
async def test_what_is_unseen_or_turns_the_line_is_refused_naming_the_field(
    rig: Rig, entrance: str, text: str
) -> None:
    asked = len(rig.wishes.said), len(rig.edge.wishes.asked)
    status, code, details = await fault_of(await write(rig, entrance, text))
    field = "message" if entrance == "message" else "name"
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert details["reason"].startswith("must ")
    assert details.get("character", "U+202E") in ("U+202E", "U+200B", "U+2066")
    assert (len(rig.wishes.said), len(rig.edge.wishes.asked)) == asked


@pytest.mark.parametrize("entrance", ENTRANCES)
@pytest.mark.parametrize("text", GOOD, ids=ascii)
async def test_what_joins_is_taken_as_it_is(rig: Rig, entrance: str, text: str) -> None:
    response = await write(rig, entrance, text)
    shown = await response.json()
    assert response.status in (200, 201), shown
    assert shown["message" if entrance == "message" else "name"] == text


@pytest.mark.parametrize("text", BAD, ids=ascii)
async def test_the_reason_is_told_in_korean_too(rig: Rig, text: str) -> None:
    _, _, details = await fault_of(await write(rig, "own name", text, "ko"))
    assert not details["reason"].isascii()
