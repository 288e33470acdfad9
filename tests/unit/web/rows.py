"""What the HTTP edge answered while the tests of this folder ran, by row of the interface."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from aiohttp import web

from chatstream.errors import HTTP_STATUS
from web.edge.openapi import Operation, codes_of, described_by, template_of


class Row(NamedTuple):
    """An answer of a call; `code` is empty where the call succeeded."""

    call: str
    status: int
    code: str = ""


# Each row with the test that saw it first.
seen: dict[Row, str] = {}
# Those that ask for patience and do not say how much.
impatient: dict[Row, str] = {}


async def note(request: web.Request, response: web.StreamResponse) -> None:
    """A signal handler of aiohttp's `on_response_prepare`: remember the row of a public call."""
    resource = request.match_info.route.resource
    if resource is None or described_by(request.match_info.handler) is None:
        return
    is_redirect = 300 <= response.status < 400 and response.status != HTTPStatus.NOT_MODIFIED
    if response.status == HTTPStatus.EXPECTATION_FAILED:
        return  # of HTTP itself, and so of no call
    if is_redirect or response.content_type == "text/html" or request.method == "HEAD":
        return
    row = Row(f"{request.method} {template_of(resource)}", response.status, _code(response))
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    seen.setdefault(row, test)
    if row.status in (429, 503) and "Retry-After" not in response.headers:
        impatient.setdefault(row, test)


def _code(response: web.StreamResponse) -> str:
    if response.status < 400:
        return ""
    assert isinstance(response, web.Response)
    code: str = json.loads(response.text or "{}")["error"]["code"]
    return code


def published(calls: Mapping[tuple[str, str], Operation]) -> set[Row]:
    """The rows that the OpenAPI document tells of."""
    return {
        row
        for (method, path), described in calls.items()
        for row in (
            *(Row(f"{method} {path}", status) for status in described.answers),
            *(
                Row(f"{method} {path}", HTTP_STATUS[code], str(code))
                for code in codes_of(described, method)
            ),
        )
    }
