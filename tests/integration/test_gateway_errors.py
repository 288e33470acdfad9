"""What nginx answers by itself: status, envelope or page, language, and when to come back."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass

import aiohttp
import pytest

from chatstream.domain.tracing import traceparent
from infra.nginx.errors import METHODS
from tests.integration.nginx_rig import Running
from web.edge.language import accepted


@dataclass(frozen=True)
class Told:
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The envelope's code; its form is checked on the way."""
        assert self.headers["content-type"] == "application/json; charset=utf-8"
        (error,) = json.loads(self.body).values()
        assert set(error) == {"code", "message", "details"}
        return str(error["code"])


async def ask(running: Running, raw: bytes) -> Told:
    """Send the bytes on a connection of their own; nginx closes it after its answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.gateway.port)
    writer.write(raw)
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
    first, *lines = head.decode().strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await asyncio.wait_for(reader.readexactly(int(headers["content-length"])), 20)
    writer.close()
    return Told(int(first.split()[1]), headers, body)


def request(line: str, *headers: str) -> bytes:
    return "\r\n".join([line, "Host: chat.example", *headers, "", ""]).encode("latin-1")


REFUSED = [
    pytest.param(b"nonsense\r\n\r\n", 400, "INVALID_INPUT", id="no request line"),
    pytest.param(b"\x16\x03\x01\x02\r\n\r\n", 400, "INVALID_INPUT", id="TLS"),
    pytest.param(b"GET /chat HTTP/1.1\r\n\r\n", 400, "INVALID_INPUT", id="no Host"),
    pytest.param(request("get /chat HTTP/1.1"), 400, "INVALID_INPUT", id="small letters"),
    pytest.param(request("GET /metrics HTTP/1.1"), 404, "NOT_FOUND", id="private"),
    pytest.param(request("FOO /chat HTTP/1.1"), 405, "METHOD_NOT_ALLOWED", id="unknown method"),
    pytest.param(request("FOO /user/me HTTP/1.1"), 405, "METHOD_NOT_ALLOWED", id="of an account"),
    pytest.param(request("FOO /metrics HTTP/1.1"), 405, "METHOD_NOT_ALLOWED", id="of a private"),
    pytest.param(request("PROPFIND / HTTP/1.1"), 405, "METHOD_NOT_ALLOWED", id="WebDAV"),
    pytest.param(request("TRACE / HTTP/1.1"), 405, "METHOD_NOT_ALLOWED", id="TRACE"),
    pytest.param(request("CONNECT a:1 HTTP/1.1"), 405, "METHOD_NOT_ALLOWED", id="CONNECT"),
    pytest.param(
        request("POST /chat HTTP/1.1", "Content-Length: 99999999"), 413, "TOO_LARGE", id="body"
    ),
    pytest.param(request(f"GET /{'x' * 40_000} HTTP/1.1"), 414, "TOO_LARGE", id="address"),
    pytest.param(request("GET / HTTP/1.1", f"X: {'x' * 40_000}"), 431, "TOO_LARGE", id="headers"),
    pytest.param(
        request("POST /chat HTTP/1.1", "Transfer-Encoding: odd"), 501, "INVALID_INPUT", id="coding"
    ),
    pytest.param(request("GET / HTTP/3.0"), 505, "INVALID_INPUT", id="version"),
]


@pytest.mark.parametrize(("raw", "status", "code"), REFUSED)
async def test_what_nginx_refuses_has_the_envelope(
    running: Running, raw: bytes, status: int, code: str
) -> None:
    told = await ask(running, raw)
    assert (told.status, told.code) == (status, code)
    assert "retry-after" not in told.headers
    assert (told.headers.get("allow") == ", ".join(METHODS)) == (status == 405)


PAGE = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"


async def test_a_page_gets_a_page_and_a_program_the_envelope(running: Running) -> None:
    page = await ask(running, request("GET /metrics HTTP/1.1", PAGE, "Accept-Language: ko"))
    assert (page.status, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert page.headers["content-language"] == "ko"
    found = re.fullmatch(
        '<!doctype html><html lang="ko">.*<h1>(.*)</h1>.*</html>', page.body.decode()
    )
    assert found is not None
    assert found[1] == "찾을 수 없어요."
    assert (await ask(running, request("POST /metrics HTTP/1.1", PAGE))).code == "NOT_FOUND"
    assert (await ask(running, request("FOO /chat HTTP/1.1", PAGE))).code == "METHOD_NOT_ALLOWED"


async def test_without_any_front_a_page_says_so_too(running: Running) -> None:
    for front in running.fronts:
        await front.runner.cleanup()
    page = await ask(running, request("GET /rooms HTTP/1.1", PAGE))
    assert (page.status, page.headers["retry-after"]) == (503, "1")
    assert "text/html" in page.headers["content-type"]
    program = await ask(running, request("POST /chat HTTP/1.1", "Content-Length: 0"))
    assert (program.status, program.code, program.headers["retry-after"]) == (503, "BUSY", "1")


LANGUAGES = [
    "",
    "ko",
    "en",
    "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7",
    "en-US,en;q=0.9,ko;q=0.8",
    "en;q=0.5, ko;q=0.9",
    "ko;q=0.5, en;q=0.9",
    "en;q=0.85,ko;q=0.8",
    "en;q=0.8,ko;q=0.85",
    "en;q=0.899,ko;q=0.9",
    "ko;q=0.899,en;q=0.9",
    "fr, ko;q=0.3",
    "fr, ko;q=0.3, en;q=0.4",
    "ko;q=0.9, en;q=0.9",
    "en;q=0.9, ko;q=0.9",
    "de-DE, en;q=1.0, ko;q=1.000",
    "de-DE, ko;q=1.0, en",
    "ko;q=0",
    "ko;q=0, en;q=0",
    "KO-kr",
    "kok, en;q=0.1",
    "kok;q=0.9, en;q=0.1",
    "*",
]


@pytest.mark.parametrize("header", LANGUAGES)
async def test_own_errors_have_the_language_that_the_fronts_would_choose(
    running: Running, header: str
) -> None:
    told = await ask(running, request("GET /metrics HTTP/1.1", f"Accept-Language: {header}"))
    assert told.headers["content-language"] == accepted(header)
    said = {"ko": "찾을 수 없어요.", "en": "There is nothing here."}[accepted(header)]
    assert json.loads(told.body)["error"]["message"] == said


@pytest.mark.parametrize(
    ("target", "cookie", "header", "of_page", "of_program"),
    [
        ("/metrics?lang=ko", "lang=en", "en", "ko", "ko"),
        ("/metrics?lang=en", "lang=ko", "ko", "en", "en"),
        ("/metrics?lang=fr", "lang=ko", "en", "ko", "en"),
        ("/metrics", "lang=en", "ko", "en", "ko"),
        ("/metrics", "lang=ko", "en", "ko", "en"),
        ("/metrics", "lang=ko", "fr", "ko", "ko"),
        ("/metrics", "lang=ko", "ko;q=0, en;q=0", "ko", "ko"),
        ("/metrics", "lang=xx", "ko", "ko", "ko"),
        ("/metrics", "lang=xx", "fr", "en", "en"),
        ("/metrics", "lang=a:json:ko", "en", "en", "en"),
    ],
)
async def test_a_page_goes_by_the_cookie_first_and_a_program_by_the_header(
    running: Running, target: str, cookie: str, header: str, of_page: str, of_program: str
) -> None:
    asked = [f"GET {target} HTTP/1.1", f"Cookie: {cookie}", f"Accept-Language: {header}"]
    page, program = await ask(running, request(*asked, PAGE)), await ask(running, request(*asked))
    told = page.headers["content-language"], program.headers["content-language"]
    assert told == (of_page, of_program)


async def test_what_a_front_answers_passes_as_it_is(running: Running) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(running.url + "/chat", headers={"X-Status": "502"}) as response,
    ):
        assert (response.status, (await response.json())["pool"][:5]) == (502, "front")


async def test_an_answer_of_nginx_says_its_trace_as_a_fronts_would(running: Running) -> None:
    known = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    told = await ask(running, request("GET /metrics HTTP/1.1", f"traceparent: {known}"))
    assert (told.status, told.headers["traceresponse"]) == (404, known)
    begun = await ask(running, request("GET /metrics HTTP/1.1"))
    assert traceparent(begun.headers["traceresponse"].encode())
