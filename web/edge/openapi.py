"""The OpenAPI document, built from the routes and the models their handlers were marked with.

`@operation(…)` on a handler says what it takes and gives; a route whose handler is not marked is
not part of the public interface and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chatstream.errors import HTTP_STATUS, ErrorCode
from web.edge.bodies import answer

PATH = "/openapi.json"
_ATTRIBUTE = "__operation__"
_REF = "#/components/schemas/{model}"
H = TypeVar("H", bound=Callable[..., Any])
_TRACE_SHAPE = {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"}
_TRACEPARENT = {
    "name": "traceparent",
    "in": "header",
    "description": "W3C Trace Context: the trace that the call belongs to. Without it, or with one"
    " that is none, a trace begins.",
    "schema": _TRACE_SHAPE,
}
_TRACERESPONSE = {
    "description": "The trace of this call, by which all that it led to is found in the log.",
    "schema": _TRACE_SHAPE,
}


@dataclass(frozen=True)
class Operation:
    """What a handler takes and gives; `query` and `body` are models, None an empty answer."""

    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answers: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    errors: Sequence[ErrorCode] = ()
    public: bool = False
    from_memory: bool = False


def operation(  # noqa: PLR0913 (all but one are keywords)
    summary: str,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    answers: Mapping[int, type[BaseModel] | None] | None = None,
    errors: Sequence[ErrorCode] = (),
    public: bool = False,
    from_memory: bool = False,
) -> Callable[[H], H]:
    """Mark a handler for the OpenAPI document.

    `public` calls need no login; one `from_memory` asks no store, or answers without those it asks.
    """
    described = Operation(summary, body, query, answers or {200: None}, errors, public, from_memory)

    def mark(handler: H) -> H:
        setattr(handler, _ATTRIBUTE, described)
        return handler

    return mark


def described_by(handler: Any) -> Operation | None:
    """What the handler was marked with; None when it is no part of the public interface."""
    marked: Operation | None = getattr(handler, _ATTRIBUTE, None)
    return marked


# Method, path, handler.
Route = tuple[str, str, Any]


def document(routes: Iterable[Route], server: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of the marked routes; of equal ones the first counts."""
    described: dict[tuple[str, str], tuple[Operation, str]] = {}
    for method, path, handler in routes:
        marked = described_by(handler)
        if marked is not None and method != "HEAD":
            described.setdefault((path, method.lower()), (marked, handler.__name__))
    paths: dict[str, dict[str, Any]] = {}
    for (path, method), (marked, name) in sorted(described.items(), key=lambda one: one[0]):
        paths.setdefault(path, {})[method] = _operation(marked, path, method, name)
    return {
        "openapi": "3.1.0",
        "info": {"title": "ChatStream", "version": "0.1.0"},
        "servers": [{"url": server}],
        "paths": paths,
        "components": {
            "schemas": _schemas([marked for marked, _ in described.values()]),
            "parameters": {"traceparent": _TRACEPARENT},
            "headers": {"traceresponse": _TRACERESPONSE},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def routes_of(web_app: web.Application) -> list[Route]:
    """The routes of an application, path parameters without their patterns."""
    return [
        (route.method, template_of(resource), route.handler)
        for route in web_app.router.routes()
        if (resource := route.resource) is not None
    ]


def template_of(resource: web.AbstractResource) -> str:
    """The path of a resource, its parameters without their patterns."""
    return re.sub(r"\{(\w+):[^}]*\}", r"{\1}", resource.canonical)


def _operation(described: Operation, path: str, method: str, name: str) -> dict[str, Any]:
    call: dict[str, Any] = {
        "summary": described.summary,
        "operationId": f"{method}_{name}",
        "parameters": [
            *_path_parameters(path),
            *_query_parameters(described.query),
            {"$ref": "#/components/parameters/traceparent"},
        ],
        "responses": _responses(described, method),
        "security": [] if described.public else [{"bearer": []}],
    }
    if described.body is not None:
        call["requestBody"] = {"required": True, "content": _json(described.body.__name__)}
    return call


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema.get("properties", {}).items()
    ]


def _responses(described: Operation, method: str) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, model in described.answers.items():
        responses[str(status)] = {"description": "as asked"}
        if model is not None:
            responses[str(status)]["content"] = _json(model.__name__)
    for code in codes_of(described, method):
        key = str(HTTP_STATUS[code])
        known = responses.get(key, {}).get("description")
        text = f"{known}, {code}" if known else str(code)
        responses[key] = {"description": text, "content": _json("ErrorEnvelope")}
    for response in responses.values():
        response["headers"] = {"traceresponse": {"$ref": "#/components/headers/traceresponse"}}
    return responses


def codes_of(described: Operation, method: str) -> Sequence[ErrorCode]:
    """Every code a call may answer with, each once; METHOD_NOT_ALLOWED and INTERNAL go unsaid.

    Its own come first, then those of all calls of its kind: a token in the URL is INVALID_INPUT,
    a change under the cookie from another site's page ACCESS_DENIED.
    """
    codes = [*described.errors, ErrorCode.INVALID_INPUT]
    if described.body is not None:
        codes += [ErrorCode.UNSUPPORTED_MEDIA_TYPE, ErrorCode.TOO_LARGE]
    if not described.public:
        codes.append(ErrorCode.NOT_AUTHENTICATED)
        if method.lower() != "get":
            codes.append(ErrorCode.ACCESS_DENIED)
    if not described.from_memory and (described.body is not None or not described.public):
        codes.append(ErrorCode.STORE_UNAVAILABLE)
    return list(dict.fromkeys(codes))


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model)}}}


class ErrorBody(BaseModel):
    """An error: a code of the contract, a text in the caller's language, details."""

    code: ErrorCode
    message: str
    details: dict[str, Any]


class ErrorEnvelope(BaseModel):
    """The body of every error."""

    error: ErrorBody


def _schemas(operations: Sequence[Operation]) -> dict[str, Any]:
    taken = {one.body for one in operations if one.body is not None}
    given = {model for one in operations for model in one.answers.values() if model is not None}
    models: list[tuple[type[BaseModel], Any]] = [(ErrorEnvelope, "serialization")]
    models += [(model, "validation") for model in sorted(taken, key=_model_name)]
    models += [(model, "serialization") for model in sorted(given, key=_model_name)]
    _, schema = models_json_schema(models, by_alias=True, ref_template=_REF)
    return dict(schema["$defs"])


def _model_name(model: type[BaseModel]) -> str:
    return model.__name__


def mount(web_app: web.Application, routes: Iterable[Route], views: object) -> None:
    """Add routes whose handlers are methods of the class of `views`; GET answers HEAD as well."""
    for method, path, handler in routes:
        bound = handler.__get__(views)
        if method == "GET":
            web_app.router.add_get(path, bound)
        else:
            web_app.router.add_route(method, path, bound)


def register(web_app: web.Application, server: str, elsewhere: Iterable[Route] = ()) -> None:
    """Add GET /openapi.json; call it after every other module has added its routes.

    `elsewhere` are routes of the same public interface that another pool serves.
    """
    described = document([*routes_of(web_app), *elsewhere], server)

    async def openapi(request: web.Request) -> web.Response:
        """The document."""
        return answer(described)

    web_app.router.add_get(PATH, openapi)
