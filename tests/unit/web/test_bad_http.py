"""What is no HTTP, and bodies that are not what they say: a 4xx with the envelope."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatstream.errors import UserError
from tests.unit.web import storable
from tests.unit.web.served import Served
from tests.unit.web.wire import code_of, raw, request
from web.edge import bodies, encodings
from web.logins import LoginBody
from web.rooms import MessageBody, RoomBody

JSON = {"Content-Type": "application/json"}
LOGIN = b'{"userId":"jieun","password":"correct horse"}'


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
