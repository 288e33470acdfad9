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
from chatstream.errors import ErrorCode, InvalidInput, UserError, invalid
from web.edge.encodings import read_bytes
from web.edge.problems import NO_JSON, UNSTORABLE, problems_of

JSON = "application/json"
GIVEN_TWICE = "must be given once"


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
        raise InvalidInput(problems_of(error, "body")) from None
    check_once(raw)
    _check_storable(body)
    return body


def bad_body(raw: bytes, model: type[BaseModel]) -> UserError:
    """Why a JSON text that another decoder did not take is no such model: INVALID_INPUT."""
    try:
        body_of(raw, model)
    except UserError as error:
        return error
    return invalid("body", NO_JSON)


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
        raise InvalidInput(problems_of(error, "query")) from None
    _check_storable(query)
    return query


def check_names(request: web.Request, model: type[BaseModel]) -> None:
    """INVALID_INPUT for a parameter that is unknown (a misspelt filter finds too much) or twice."""
    known = {info.alias or name for name, info in model.model_fields.items()}
    for name in request.query:
        if name not in known:
            raise invalid(name[:40], "is not a known parameter")
        if len(request.query.getall(name)) > 1:
            raise invalid(name, GIVEN_TWICE)


def check_once(raw: bytes) -> None:
    """INVALID_INPUT naming a field that an object of this JSON text has twice.

    The parsers take the last of them and others the first: such a text means two things (RFC 8259,
    4). For texts that a model has been made of: they are as shallow as the model.
    """
    try:
        _once.decode(raw.decode())
    except (ValueError, RecursionError):
        raise invalid("body", NO_JSON) from None


def _check_names(pairs: list[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise invalid(name, GIVEN_TWICE)
        names.add(name)


# Made once: `json.loads` makes one for each text.
_once = json.JSONDecoder(object_pairs_hook=_check_names)


def _check_storable(given: BaseModel) -> None:
    """INVALID_INPUT for a text that Postgres and Kafka cannot take, so that nothing is named so."""
    for name, value in given:
        texts = value if isinstance(value, list) else [value]
        if not all(is_storable(text) for text in texts if isinstance(text, str)):
            alias = type(given).model_fields[name].alias
            raise invalid(alias or name, UNSTORABLE)


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
