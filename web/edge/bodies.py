"""Request bodies and queries as pydantic models; faults name the field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from chatstream.domain.messages import is_storable
from chatstream.errors import ErrorCode, UserError, invalid
from web.edge.encodings import read_bytes

JSON = "application/json"
GIVEN_TWICE = "must be given once"
_NO_JSON = "must be JSON in UTF-8"


class Shape(BaseModel):
    """Base of everything the interface takes or gives: camelCase, unknown fields refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
    )


S = TypeVar("S", bound=BaseModel)

_REASONS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a text",
    "string_unicode": "must not contain NUL or lone surrogates",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "uuid_type": "must be a UUID",
    "uuid_parsing": "must be a UUID",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


async def read_body(request: web.Request, model: type[S]) -> S:
    """The JSON body as the model; UNSUPPORTED_MEDIA_TYPE, or INVALID_INPUT naming the field."""
    if request.content_type != JSON:
        raise UserError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"not {JSON}")
    return body_of(await read_bytes(request), model)


def body_of(raw: bytes, model: type[S]) -> S:
    """The model of a JSON text, by the names of the contract; INVALID_INPUT names the field."""
    try:
        body = model.model_validate_json(raw, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _fault(error, "body") from None
    check_once(raw)
    _check_storable(body)
    return body


def read_query(request: web.Request, model: type[S]) -> S:
    """The query as the model; a name the model does not know is ignored, a known one comes once."""
    known = {info.alias or name for name, info in model.model_fields.items()}
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise invalid(name, GIVEN_TWICE)
        if name in known:
            given[name] = value
    try:
        query = model.model_validate(given, by_alias=True, by_name=False)
    except ValidationError as error:
        raise _fault(error, "query") from None
    _check_storable(query)
    return query


def check_once(raw: bytes) -> None:
    """INVALID_INPUT naming a field that an object of this JSON text has twice.

    The parsers take the last of them and others the first: such a text means two things (RFC 8259,
    4). For texts that a model has been made of: they are as shallow as the model.
    """
    try:
        json.loads(raw.decode(), object_pairs_hook=_check_names)
    except (ValueError, RecursionError):
        raise invalid("body", _NO_JSON) from None


def _check_names(pairs: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise invalid(name, GIVEN_TWICE)
        names.add(name)


def _check_storable(given: BaseModel) -> None:
    """INVALID_INPUT for a text that Postgres and Kafka cannot take, so that nothing is named so."""
    for name, value in given:
        texts = value if isinstance(value, list) else [value]
        if not all(is_storable(text) for text in texts if isinstance(text, str)):
            alias = type(given).model_fields[name].alias
            raise invalid(alias or name, _REASONS["string_unicode"])


def _fault(error: ValidationError, place: str) -> UserError:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if fault["type"] == "json_invalid":
        return invalid("body", _NO_JSON)
    field = ".".join(str(part) for part in fault["loc"]) or place
    return invalid(field, _REASONS.get(fault["type"], fault["msg"]))


def answer(
    data: BaseModel | Mapping[str, object],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A JSON response."""
    if isinstance(data, BaseModel):
        body = data.model_dump_json(by_alias=True).encode()
    else:
        body = orjson.dumps(data)
    return web.Response(body=body, status=status, content_type=JSON, headers=headers)
