"""Bad input over HTTP is a 4xx with the envelope, for every call; nothing of it reaches a store."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from yarl import URL

from chatstream.errors import UserError
from infra.postgres.pool import Database
from tests.unit.web import storable
from tests.unit.web.edge import bearer
from tests.unit.web.served import Call, Served, filled, has, whole_interface
from web import bodies, encodings
from web.auth import LoginBody
from web.rooms import MessageBody, RoomBody

DEEP = b"[" * 20_000
JSON = {"Content-Type": "application/json"}
LOGIN = b'{"userId":"jieun","password":"correct horse"}'

VALUES: Mapping[str, bytes] = {
    "null": b"null",
    "a list": b"[[]]",
    "an object": b'{"a":1}',
    "a lone surrogate": b'"\\ud800"',
    "a surrogate in UTF-8": b'"\xed\xa0\x80"',
    "NUL": b'"a\\u0000b"',
    "no UTF-8": b'"\xff"',
    "a large number": b"1e999",
    "digits": b"9" * 5_000,
    "a negative number": b"-1",
    "NaN": b"NaN",
    "deep": DEEP,
}
TEXTS = {
    "empty": "",
    "NUL": "%00",
    "no UTF-8": "%FF",
    "a surrogate": "%ED%A0%80",
    "dots": "..%2F..",
    "long": "a" * 3_000,
    "an emoji": "%F0%9F%98%80",
    "a number": "-1",
    "a large number": "1e999",
    "digits": "9" * 5_000,
    "other digits": "%EF%BC%91",
    "the first time": "0001-01-01T00:00:00%2B23:59",
    "the last time": "9999-12-31T23:59:59-23:59",
    "no time": "2026-02-30T00:00:00Z",
    "no zone": "2026-02-20T00:00:00",
}
# Not these where they are meant to be taken.
GOOD = {"limit": "1", "step": "60"}
HEADERS: Mapping[str, bytes] = {
    "Authorization": b"Bearer \xff\xfe",
    "Cookie": b"access=\xff; refresh=\xff; lang=\xff; theme=\xff",
    "Accept-Language": b"ko;q=1e999,\xff;q=nan",
    "If-None-Match": b'"\xff',
    "X-Real-IP": b"\xff",
    "Origin": b"\xff",
    "Content-Type": b"application/json; charset=\xff",
}


@pytest.fixture
async def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """The interface over stores that fail on what Postgres could not take."""
    monkeypatch.setattr(Database, "fetch", storable.fetch)
    monkeypatch.setattr(Database, "in_transaction", storable.in_transaction)
    async with whole_interface(tmp_path) as running:
        yield running


async def raw(served: Served, *parts: bytes) -> tuple[int, object]:
    """Status and body of the answer to these bytes; the connection ends with it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.client.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split()[1])
        size = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length:"))
        return status, json.loads(await reader.readexactly(int(size.split(b":")[1])))
    finally:
        writer.close()


def code_of(body: object) -> str:
    """The code of an envelope, which must be whole."""
    assert isinstance(body, dict)
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    code: str = body["error"]["code"]
    return code


def request(call: Call, body: bytes | None = None, query: str = "", **headers: bytes) -> bytes:
    method, path = call
    lines = {b"Host": b"chat.example", b"Connection": b"close"}
    if body is not None:
        lines |= {b"Content-Type": b"application/json", b"Content-Length": b"%d" % len(body)}
    lines |= {name.replace("_", "-").encode(): value for name, value in headers.items()}
    target = f"{path}?{query}" if query else path
    shown = b"".join(b"%s: %s\r\n" % line for line in lines.items())
    return f"{method} {target} HTTP/1.1\r\n".encode() + shown + b"\r\n" + (body or b"")


# -- what is no HTTP -------------------------------------------------------------------------

POST = b"POST /user/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
NO_HTTP = {
    "garbage": b"\x16\x03\x01\r\n\r\n",
    "another version": b"GET / HTTP/3.0\r\nHost: a\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "a bad target": b"GET http://[::1/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in the path": b"GET /rooms/\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "bytes in the query": b"GET /chat/open?q=\xff HTTP/1.1\r\nHost: a\r\n\r\n",
    "a name with a space": b"GET / HTTP/1.1\r\nHost: a\r\nfoo bar: x\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: a\r\nfoo: x\0y\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"a: b\r\n" * 1_000 + b"\r\n",
    "a long header": b"GET / HTTP/1.1\r\nHost: a\r\na: " + b"b" * 20_000 + b"\r\n\r\n",
    "a length that is none": POST + b"Content-Length: abc\r\n\r\n",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "a long length": POST + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "two lengths": POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
    "a length and chunks": POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
    "a chunk that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("data", NO_HTTP.values(), ids=NO_HTTP)
async def test_what_is_no_http_gets_the_envelope(served: Served, data: bytes) -> None:
    status, body = await raw(served, data)
    assert (status, code_of(body)) == (400, "INVALID_INPUT")


async def test_an_expectation_that_nobody_meets_gets_the_envelope(served: Served) -> None:
    status, body = await raw(served, request(("POST", "/user/login"), LOGIN, Expect=b"tea"))
    assert (status, code_of(body)) == (417, "INVALID_INPUT")


@pytest.mark.parametrize("later", [b"zz\r\n", b"3\r\nabcX\r\n", b"10\r\nabc"])
async def test_a_body_that_breaks_off_is_refused_in_time(
    served: Served, monkeypatch: pytest.MonkeyPatch, later: bytes
) -> None:
    monkeypatch.setattr(encodings, "WITHIN", 0.05)
    status, body = await raw(served, POST + b"Transfer-Encoding: chunked\r\n\r\n", later)
    assert (status, code_of(body)) == (400, "INVALID_INPUT")


# -- codings ---------------------------------------------------------------------------------

BARE = zlib.compressobj(wbits=-15)
CODED = {
    "gzip": ("gzip", gzip.compress(LOGIN), None),
    "deflate": ("deflate", zlib.compress(LOGIN), None),
    "deflate without its header": ("Deflate", BARE.compress(LOGIN) + BARE.flush(), None),
    "none": ("identity", LOGIN, None),
    "no gzip": ("gzip", LOGIN, (400, "INVALID_INPUT")),
    "no deflate": ("deflate", b"\x07garbage", (400, "INVALID_INPUT")),
    "gzip that breaks off": ("gzip", gzip.compress(LOGIN)[:-5], (400, "INVALID_INPUT")),
    "gzip with more behind": ("gzip", gzip.compress(LOGIN) + b"x", (400, "INVALID_INPUT")),
    "a wrong checksum": ("gzip", gzip.compress(LOGIN)[:-8] + bytes(8), (400, "INVALID_INPUT")),
    "a bomb": ("gzip", gzip.compress(b" " * 50_000_000), (413, "TOO_LARGE")),
    "brotli": ("br", b"x", (415, "UNSUPPORTED_MEDIA_TYPE")),
    "zstd": ("zstd", b"x", (415, "UNSUPPORTED_MEDIA_TYPE")),
    "unknown": ("tea", LOGIN, (415, "UNSUPPORTED_MEDIA_TYPE")),
    "two": ("gzip, gzip", gzip.compress(gzip.compress(LOGIN)), (415, "UNSUPPORTED_MEDIA_TYPE")),
}


@pytest.mark.parametrize(("coding", "body", "fault"), CODED.values(), ids=CODED)
async def test_a_coded_body_is_decoded_or_refused(
    served: Served, coding: str, body: bytes, fault: tuple[int, str] | None
) -> None:
    headers = JSON | {"Content-Encoding": coding}
    response = await served.client.post("/user/login", data=body, headers=headers)
    found = (response.status, code_of(await response.json()))
    assert found == (fault or (503, "STORE_UNAVAILABLE"))


async def test_every_call_with_a_body_decodes_it(served: Served) -> None:
    for call in served.with_body:
        broken = await served.ask(call, data=b"x", headers=JSON | {"Content-Encoding": "gzip"})
        assert (broken.status, code_of(await broken.json())) == (400, "INVALID_INPUT"), call
        other = await served.ask(call, data=b"x", headers=JSON | {"Content-Encoding": "br"})
        assert (other.status, code_of(await other.json())) == (415, "UNSUPPORTED_MEDIA_TYPE")


@given(st.binary(min_size=1, max_size=300), st.sampled_from(encodings.CODINGS), st.integers(0, 400))
def test_nothing_but_a_refusal_comes_of_a_coded_body(raw: bytes, coding: str, limit: int) -> None:
    try:
        size = len(encodings.decoded(raw, coding, limit))
    except UserError as error:
        status, size = error.status, 0
    else:
        status = 400
    assert size <= limit
    assert 400 <= status < 500


# -- every call ------------------------------------------------------------------------------


async def answers(served: Served, requests: Mapping[str, bytes]) -> dict[str, tuple[int, object]]:
    """What each request is answered, some at a time."""
    gate = asyncio.Semaphore(16)

    async def one(data: bytes) -> tuple[int, object]:
        async with gate:
            return await raw(served, data)

    found = await asyncio.gather(*(one(data) for data in requests.values()))
    return dict(zip(requests, found, strict=True))


def field_bodies(served: Served, call: Call) -> dict[str, bytes]:
    """The body of a call with one field that is not what it should be."""
    good = served.body_of(call)
    made: dict[str, bytes] = {}
    fields = (served.calls[call].body or bodies.Shape).model_fields
    for name, info in fields.items():
        shown = info.alias or name
        rest = "".join(f",{json.dumps(k)}:{json.dumps(v)}" for k, v in good.items() if k != shown)
        for kind, value in VALUES.items():
            if kind == "null" and not info.is_required():
                continue
            if kind == "NUL" and info.annotation is SecretStr:
                continue  # only ever hashed
            made[f"{name}: {kind}"] = b'{"%s":' % shown.encode() + value + rest.encode() + b"}"
        twice = json.dumps(good.get(shown, "x")).encode()
        made[f"{name}: twice"] = b'{"%s":%s,"%s":%s%s}' % (
            shown.encode(), twice, shown.encode(), twice, rest.encode(),
        )  # fmt: skip
        if shown != name:
            made[f"{name}: by another name"] = b'{"%s":%s%s}' % (
                name.encode(), twice, rest.encode(),
            )  # fmt: skip
    return made


async def test_a_body_with_a_bad_field_is_refused_by_every_call(
    strict: Served, caplog: pytest.LogCaptureFixture
) -> None:
    login = b"Bearer " + strict.tokens[0].encode()
    with caplog.at_level(logging.ERROR):
        for call in strict.with_body:
            path = (call[0], filled(call[1]))
            sent = {
                kind: request(path, body, Authorization=login)
                for kind, body in field_bodies(strict, call).items()
            }
            for kind, (status, body) in (await answers(strict, sent)).items():
                assert 400 <= status < 500, (call, kind, body)
                code_of(body)
    assert not caplog.records


async def test_no_path_or_query_makes_a_call_fail(
    strict: Served, caplog: pytest.LogCaptureFixture
) -> None:
    login = b"Bearer " + strict.tokens[0].encode()
    sent: dict[str, bytes] = {}
    for (method, path), described in strict.calls.items():
        for kind, text in TEXTS.items():
            names = [each for each in path.split("/") if each.startswith("{")]
            for name in names:
                target = filled(path.replace(name, text or "-"))
                sent[f"{method} {path} {name} {kind}"] = request(
                    (method, target), Authorization=login
                )
            for field, info in (described.query or bodies.Shape).model_fields.items():
                if field != "cursor":
                    query = f"q=ab&{info.alias or field}={text}" if field != "q" else f"q={text}"
                    sent[f"{method} {path} ?{field} {kind}"] = request(
                        (method, filled(path)), query=query, Authorization=login
                    )
    with caplog.at_level(logging.ERROR):
        for kind, (status, body) in (await answers(strict, sent)).items():
            assert 400 <= status < 500 or status == 503, (kind, body)
            if kind.endswith(("no UTF-8", "a surrogate")):
                assert (status, code_of(body)) == (400, "INVALID_INPUT"), kind
    assert not caplog.records


async def test_a_parameter_that_comes_twice_is_refused_by_every_call(served: Served) -> None:
    for call, described in served.calls.items():
        for name, info in (described.query or bodies.Shape).model_fields.items():
            shown = info.alias or name
            url = URL(filled(call[1])).with_query([("q", "ab")] * has(described, "q"))
            url = url.without_query_params(shown)
            url = url.extend_query([(shown, GOOD.get(shown, "ab"))] * 2)
            response = await served.client.request(call[0], url, headers=bearer(served.tokens[0]))
            body = await response.json()
            assert (response.status, code_of(body)) == (400, "INVALID_INPUT"), (call, name)
            assert body["error"]["details"]["field"] == shown, (call, name)


async def test_no_header_makes_a_call_fail(
    strict: Served, caplog: pytest.LogCaptureFixture
) -> None:
    login = b"Bearer " + strict.tokens[0].encode()
    sent: dict[str, bytes] = {}
    for call, described in strict.calls.items():
        body = json.dumps(strict.body_of(call)).encode() if described.body else None
        path = (call[0], filled(call[1]))
        for name, value in HEADERS.items():
            headers = {"Authorization": login, name.replace("-", "_"): value}
            sent[f"{call} {name}"] = request(path, body, query="q=ab", **headers)
    with caplog.at_level(logging.ERROR):
        for kind, (status, found) in (await answers(strict, sent)).items():
            assert status == 200 or 400 <= status < 500 or status == 503, (kind, found)
    assert not caplog.records


@pytest.mark.parametrize("value", [b"access=\xff\xfe", b"refresh=\xff\xfe"])
async def test_a_cookie_that_is_no_text_is_no_login(served: Served, value: bytes) -> None:
    sent = request(("POST", "/user/refresh"), Cookie=value, Origin=b"http://chat.example")
    status, body = await raw(served, sent)
    assert (status, code_of(body)) == (401, "NOT_AUTHENTICATED")


# -- bodies ----------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["messageId", "message_id", "message", "kind", "participants", "userId"])


@given(
    st.one_of(
        st.binary(max_size=80),
        json_values.map(json.dumps).map(str.encode),
        st.dictionaries(names, json_values, max_size=4).map(json.dumps).map(str.encode),
    ),
    st.sampled_from([LoginBody, MessageBody, RoomBody]),
)
def test_nothing_but_a_refusal_comes_of_a_body(raw: bytes, model: type[bodies.Shape]) -> None:
    fault, taken = None, {}
    try:
        taken = bodies.body_of(raw, model).model_dump()
    except UserError as error:
        fault = error
    if fault is not None:
        assert (fault.status, fault.code) == (400, "INVALID_INPUT")
        assert fault.details["field"]
        return
    known = {info.alias or name for name, info in model.model_fields.items()}
    assert set(json.loads(raw)) <= known
    storable.check(taken)
