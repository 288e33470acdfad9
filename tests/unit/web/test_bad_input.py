"""Bad input over HTTP is a 4xx with the envelope, for every call; nothing of it reaches a store."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr
from yarl import URL

from infra.postgres.pool import Database
from tests.unit.web import storable
from tests.unit.web.edge import bearer
from tests.unit.web.served import Call, Served, filled, has, whole_interface
from tests.unit.web.wire import answers, code_of, raw, request, statuses
from web.edge import bodies
from web.edge.openapi import routes_of

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


# -- every call ------------------------------------------------------------------------------


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


def failures(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What was logged as an error, but for Kafka's client, whose broker is away here."""
    return [record for record in caplog.records if record.name != "aiokafka"]


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
    assert not failures(caplog)


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
    assert not failures(caplog)


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
    assert not failures(caplog)


async def test_no_header_or_query_makes_a_page_fail(
    strict: Served, caplog: pytest.LogCaptureFixture
) -> None:
    app = strict.client.app
    assert app is not None
    calls = {(method, path) for method, path, _ in routes_of(app) if method == "GET"}
    sent: dict[str, bytes] = {}
    for method, path in calls - strict.calls.keys():
        call = (method, filled(path))
        for name, value in HEADERS.items():
            headers = {"Accept": b"text/html", name.replace("-", "_"): value}
            sent[f"{path} {name}"] = request(call, None, "", **headers)
        for kind, text in TEXTS.items():
            query = f"next={text}&lang={text}&seq={text}&q={text}"
            sent[f"{path} {kind}"] = request(call, query=query, Accept=b"text/html")
    with caplog.at_level(logging.ERROR):
        for kind, status in (await statuses(strict, sent)).items():
            assert status < 500 or status == 503, kind  # /readyz
    assert not failures(caplog)


@pytest.mark.parametrize("value", [b"access=\xff\xfe", b"refresh=\xff\xfe"])
async def test_a_cookie_that_is_no_text_is_no_login(served: Served, value: bytes) -> None:
    sent = request(("POST", "/user/refresh"), Cookie=value, Origin=b"http://chat.example")
    status, body = await raw(served, sent)
    assert (status, code_of(body)) == (401, "NOT_AUTHENTICATED")
