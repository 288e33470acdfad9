"""Handshake, CONNECT and the end of a login, over real sockets on loopback."""

from __future__ import annotations

import time

import pytest
from aiohttp import WSServerHandshakeError

from tests.fakes.stomp import ORIGIN, TOPIC, Front


async def test_the_alias_takes_nothing_but_sockets(front: Front) -> None:
    async with front.http.get(front.url + "/websocket") as response:
        assert response.status == 404


@pytest.mark.parametrize("path", ["", "/websocket"])
async def test_both_paths_take_stomp_sockets(front: Front, path: str) -> None:
    async with front.http.ws_connect(front.url + path, protocols=("v11.stomp",)) as ws:
        assert ws.protocol == "v11.stomp"


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("?access_token=x", {}, 400),
        ("", {"Origin": "http://evil.test"}, 403),
        ("", {"Origin": "null"}, 403),
        ("", {"Sec-WebSocket-Protocol": "mqtt"}, 400),
    ],
)
async def test_a_wrong_handshake_is_refused(
    front: Front, query: str, headers: dict[str, str], status: int
) -> None:
    with pytest.raises(WSServerHandshakeError) as refusal:
        await front.http.ws_connect(front.url + query, headers=headers)
    assert refusal.value.status == status


@pytest.mark.parametrize(
    ("offered", "spoken"), [("1.0,1.1,1.2", "1.2"), ("1.1,1.0", "1.1"), ("1.2", "1.2")]
)
async def test_the_highest_common_version_is_spoken(
    front: Front, offered: str, spoken: str
) -> None:
    client = await front.connect("min", **{"accept-version": offered})
    assert client.connected["version"] == spoken


@pytest.mark.parametrize(
    ("protocols", "accepted", "spoken"),
    [
        (("v12.stomp", "v11.stomp"), "1.1,1.2", ("v12.stomp", "1.2")),
        (("v11.stomp", "v12.stomp"), "1.1,1.2", ("v12.stomp", "1.2")),
        (("v10.stomp", "v11.stomp"), "1.0,1.1,1.2", ("v11.stomp", "1.1")),
        (("v11.stomp",), "1.2,1.1", ("v11.stomp", "1.1")),
        (("v12.stomp",), "1.2", ("v12.stomp", "1.2")),
        ((), "1.1,1.2", (None, "1.2")),
    ],
)
async def test_the_subprotocol_and_connected_name_the_same_version(
    front: Front, protocols: tuple[str, ...], accepted: str, spoken: tuple[str | None, str]
) -> None:
    client = await front.connect("min", *protocols, **{"accept-version": accepted})
    assert (client.ws.protocol, client.connected["version"]) == spoken


async def test_a_version_other_than_the_subprotocols_is_refused(front: Front) -> None:
    client = await front.open("v11.stomp")
    await client.send("CONNECT", {"accept-version": "1.2", "Authorization": "Bearer min"})
    frame = await client.frame()
    assert frame.headers["message"].startswith("PROTOCOL_ERROR"), frame
    assert await client.closed() == 1002


@pytest.mark.parametrize(
    ("version", "escaped", "receipt"),
    [("1.2", r"a\r\n\c\\b", "a\r\n:\\b"), ("1.1", r"a\n\c\\b", "a\n:\\b")],
)
async def test_a_header_comes_back_as_it_was_meant(
    front: Front, version: str, escaped: str, receipt: str
) -> None:
    client = await front.connect("min", **{"accept-version": version})
    await client.send("UNSUBSCRIBE", {"id": "none", "receipt": escaped})
    assert (await client.expect(b"RECEIPT"))["receipt-id"] == receipt


async def test_a_carriage_return_is_no_escape_of_1_1(front: Front) -> None:
    client = await front.connect("min", **{"accept-version": "1.1"})
    await client.send("UNSUBSCRIBE", {"id": "none", "receipt": r"a\rb"})
    frame = await client.frame()
    assert "STOMP 1.1" in frame.json["error"]["message"], frame
    assert await client.closed() == 1002


async def test_connect_names_the_versions_when_there_is_no_common_one(front: Front) -> None:
    client = await front.open()
    await client.send("CONNECT", {"accept-version": "1.0", "Authorization": "Bearer min"})
    frame = await client.frame()
    assert frame.headers["version"] == "1.1,1.2"
    assert await client.closed() == 1002


@pytest.mark.parametrize("token", ["Bearer bad", "Basic min", "Bearer"])
async def test_a_bad_token_ends_the_connection(front: Front, token: str) -> None:
    client = await front.open()
    await client.send("CONNECT", {"accept-version": "1.2", "Authorization": token})
    assert await client.error() == ("NOT_AUTHENTICATED", 1008)


async def test_the_cookie_counts_only_with_an_allowed_origin(front: Front) -> None:
    client = await front.open(Cookie="access=min", Origin=ORIGIN)
    await client.send("CONNECT", {"accept-version": "1.2"})
    await client.expect(b"CONNECTED")
    native = await front.open(Cookie="access=min")
    await native.send("CONNECT", {"accept-version": "1.2"})
    assert await native.error() == ("NOT_AUTHENTICATED", 1008)


async def test_nothing_is_done_before_connect(front: Front) -> None:
    client = await front.open()
    await client.subscribe(TOPIC)
    assert (await client.error())[1] == 1002


async def test_the_end_of_the_token_ends_the_connection(front: Front) -> None:
    front.authenticator.expires["min"] = time.time() + 2  # the login comes before
    client = await front.connect("min")
    assert await client.error() == ("NOT_AUTHENTICATED", 1008)


async def test_the_end_of_the_login_ends_its_sockets_and_no_other(front: Front) -> None:
    client, other = await front.connect("min"), await front.connect("jun")
    front.sockets.end_login("sid-min")
    assert await client.error() == ("NOT_AUTHENTICATED", 1008)
    assert await other.subscribed(TOPIC) == []
