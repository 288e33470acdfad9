"""The error envelope, headers, addresses and what is kept out of logs."""

from __future__ import annotations

import logging

import pytest
from aiohttp import web
from openapi_spec_validator import validate

from chatstream.errors import ConfigurationError, ErrorCode, TransientFailure
from chatstream.settings import load_settings
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.edge import ORIGIN, PASSWORD, Edge, bearer, fault_of
from web import logins, own_account
from web.edge import openapi
from web.edge.middleware import caller_address
from web.i18n import MESSAGES


async def explode(request: web.Request) -> web.Response:
    raise RuntimeError("select password_hash from accounts")


async def away(request: web.Request) -> web.Response:
    raise TransientFailure("auth: connection refused at 127.0.0.1:5432")


async def address(request: web.Request) -> web.Response:
    return web.Response(text=caller_address(request))


def extra_routes(app: web.Application) -> None:
    app.router.add_get("/explode/{id}", explode)
    app.router.add_get("/away", away)
    app.router.add_get("/address", address)


@pytest.fixture
async def wide(make_edge: MakeEdge) -> Edge:
    edge: Edge = await make_edge(extra_routes)
    return edge


async def test_an_unknown_path_a_wrong_method_and_type_have_the_envelope(edge: Edge) -> None:
    assert await fault_of(await edge.client.get("/nowhere")) == (404, "NOT_FOUND", {})
    wrong = await edge.client.get("/user/login")
    assert await fault_of(wrong) == (405, "METHOD_NOT_ALLOWED", {})
    assert wrong.headers["Allow"] == "POST"
    form = await edge.client.post("/user/login", data={"userId": "minsu"})
    assert await fault_of(form) == (415, "UNSUPPORTED_MEDIA_TYPE", {})


async def test_a_large_body_is_refused(edge: Edge) -> None:
    response = await edge.signup(name="x" * 270_000)
    assert (await fault_of(response))[:2] == (413, "TOO_LARGE")


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"userId": "\\ud800"}', b"[" * 9999]
)
async def test_a_body_that_is_no_json_object_is_refused(edge: Edge, raw: bytes) -> None:
    response = await edge.client.post(
        "/user/login", data=raw, headers={"Content-Type": "application/json"}
    )
    assert (await fault_of(response))[:2] == (400, "INVALID_INPUT")


async def test_a_fault_of_ours_shows_nothing_of_the_inside(wide: Edge) -> None:
    response = await wide.client.get("/explode/1")
    assert await fault_of(response) == (500, "INTERNAL", {})
    assert "select" not in await response.text()
    response = await wide.client.get("/away")
    assert await fault_of(response) == (503, "STORE_UNAVAILABLE", {})
    assert response.headers["Retry-After"] == "1"
    assert "5432" not in await response.text()


def test_every_code_has_a_text_in_both_languages() -> None:
    assert set(MESSAGES) == set(ErrorCode)
    assert all(set(texts) == {"en", "ko"} for texts in MESSAGES.values())


@pytest.mark.parametrize(
    ("query", "headers", "korean"),
    [
        ("", {}, False),
        ("", {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}, True),
        ("", {"Accept-Language": "en;q=0.3, ko;q=0.7"}, True),
        ("", {"Accept-Language": "fr, ko;q=0"}, False),
        ("", {"Accept-Language": "ko;q=zero"}, False),
        ("?lang=ko", {"Accept-Language": "en"}, True),
        ("?lang=xx", {"Cookie": "lang=ko"}, True),
        ("", {"Cookie": "lang=ko", "Accept-Language": "en"}, False),
        ("", {"Cookie": "lang=en", "Accept-Language": "ko"}, True),
        ("", {"Cookie": "lang=ko", "Accept-Language": "fr"}, True),
        ("?lang=en", {"Cookie": "lang=ko"}, False),
    ],
)
async def test_errors_speak_the_callers_language(
    edge: Edge, query: str, headers: dict[str, str], korean: bool
) -> None:
    response = await edge.client.get(f"/nowhere{query}", headers=headers)
    message = (await response.json())["error"]["message"]
    assert message == MESSAGES[ErrorCode.NOT_FOUND]["ko" if korean else "en"]


async def test_a_reason_is_translated(edge: Edge) -> None:
    response = await edge.client.post(
        "/user",
        json={"userId": "M", "password": PASSWORD, "name": "x"},
        headers={"Accept-Language": "ko"},
    )
    assert "영문 소문자" in (await fault_of(response))[2]["reason"]


async def test_a_token_in_a_url_is_refused(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    for url in (
        f"/user/me?token={token}",
        f"/user/me?access_token={token}",
        f"/user/me?x=Bearer%20{token}",
        "/user/me?refreshToken=abc",
        f"/user/{token}",
    ):
        response = await edge.client.get(url, headers=bearer(token))
        status, code, details = await fault_of(response)
        assert (status, code) == (400, "INVALID_INPUT")
        assert token not in str(details)


async def test_no_secret_reaches_the_logs(wide: Edge, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await wide.login(password="a wrong password")
        tokens = await wide.tokens()
        await wide.client.get(f"/user/me?token={tokens['accessToken']}")
        await wide.client.get(f"/explode/{tokens['refreshToken']}")
        await wide.client.post("/user/refresh", json={"refreshToken": tokens["refreshToken"]})
    shown = caplog.text
    assert "/explode/{id} 500" in shown
    for secret in (PASSWORD, "a wrong password", tokens["accessToken"], tokens["refreshToken"]):
        assert secret not in shown


async def test_every_answer_has_the_security_headers(edge: Edge) -> None:
    for path in ("/nowhere", "/.well-known/jwks.json", "/user/me"):
        headers = (await edge.client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


async def test_x_real_ip_is_believed_from_the_gateway_only(make_edge: MakeEdge) -> None:
    sent = {"X-Real-IP": "203.0.113.9", "X-Forwarded-For": "198.51.100.1"}
    trusting = await make_edge(extra_routes)
    response = await trusting.client.get("/address", headers=sent)
    assert await response.text() == "203.0.113.9"
    response = await trusting.client.get("/address", headers={"X-Real-IP": "fe80::1%eth0"})
    assert await response.text() == "fe80::1"
    response = await trusting.client.get("/address", headers={"X-Real-IP": "nonsense"})
    assert await response.text() == "127.0.0.1"
    for proxies in ([], ["10.0.0.0/8", "::/0"], ["127.0.0.2"]):
        wary = await make_edge(extra_routes, web={"public_url": ORIGIN, "trusted_proxies": proxies})
        response = await wary.client.get("/address", headers=sent)
        assert await response.text() == "127.0.0.1", proxies


@pytest.mark.parametrize("proxies", [["10.0.0.1", "127.0.0.0/8"], ["0.0.0.0/0"], ["127.0.0.9/8"]])
async def test_a_gateway_may_be_known_by_its_network(
    make_edge: MakeEdge, proxies: list[str]
) -> None:
    edge = await make_edge(extra_routes, web={"public_url": ORIGIN, "trusted_proxies": proxies})
    response = await edge.client.get("/address", headers={"X-Real-IP": "203.0.113.9"})
    assert await response.text() == "203.0.113.9"


def test_a_proxy_that_is_no_network_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATSTREAM_WEB__TRUSTED_PROXIES", '["10.0.0.0/33"]')
    with pytest.raises(ConfigurationError, match=r"WEB__TRUSTED_PROXIES: .*10\.0\.0\.0/33"):
        load_settings()


async def test_the_caller_of_a_safe_call_may_come_by_cookie_without_origin(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    response = await edge.client.get("/user/me", headers={"Cookie": f"access={token}"})
    assert response.status == 200


async def test_a_same_origin_page_is_known_by_the_host_it_was_served_from(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    headers = {
        "Cookie": f"access={token}",
        "Host": "127.0.2.1:8080",
        "Origin": "http://127.0.2.1:8080",
    }
    assert (await edge.client.post("/user/logout", headers=headers)).status == 204


async def test_the_openapi_document_describes_the_calls_and_their_errors(edge: Edge) -> None:
    document = await (await edge.client.get("/openapi.json")).json()
    validate(document)
    assert document["openapi"] == "3.1.0"
    signup = document["paths"]["/user"]["post"]
    schema = signup["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Signup"}
    assert set(signup["responses"]) == {"201", "400", "409", "413", "415", "429", "503"}
    properties = document["components"]["schemas"]["Signup"]["properties"]
    assert set(properties) == {"userId", "password", "name"}
    assert document["paths"]["/user/me"]["get"]["security"] == [{"bearer": []}]
    assert signup["security"] == []


def test_the_document_holds_what_another_pool_serves() -> None:
    described = openapi.document([*logins.ROUTES, *own_account.ROUTES], ORIGIN)
    validate(described)
    assert set(described["paths"]["/user/me"]) == {"get", "patch"}
    assert described["paths"]["/user/login"]["post"]["summary"] == "Log in"
