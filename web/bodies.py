"""Request bodies and queries as pydantic models; faults name the field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from chatstream.errors import ErrorCode, UserError, invalid

JSON = "application/json"


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
    raw = await request.read()
    try:
        body = model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise _fault(error, "body") from None
    _check_storable(body)
    return body


def read_query(request: web.Request, model: type[S]) -> S:
    """The query as the model; a name the model does not know is ignored."""
    known = {info.alias or name for name, info in model.model_fields.items()}
    try:
        query = model.model_validate({k: v for k, v in request.query.items() if k in known})
    except ValidationError as error:
        raise _fault(error, "query") from None
    _check_storable(query)
    return query


def _check_storable(given: BaseModel) -> None:
    """INVALID_INPUT for a text with NUL: Postgres takes none, so that nothing can be named so."""
    for name, value in given:
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            alias = type(given).model_fields[name].alias
            raise invalid(alias or name, _REASONS["string_unicode"])


def _fault(error: ValidationError, place: str) -> UserError:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if fault["type"] == "json_invalid":
        return invalid("body", "must be JSON in UTF-8")
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
