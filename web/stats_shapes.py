"""What the calls below /stats share."""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import quote

from aiohttp import web

from chatstream.domain.messages import is_storable
from chatstream.errors import invalid
from web.edge.bodies import Shape, read_query
from web.edge.middleware import caller_of


class PartitionsView(Shape):
    """How many partitions there are and how many of them are in the answer."""

    expected: int
    answered: int


class NoQuery(Shape):
    """No query at all."""


S = TypeVar("S", bound=Shape)

WORD_LENGTH = 200


def asked_word(request: web.Request) -> str:
    """The word of the path, as it is written in a worker's; INVALID_INPUT when it can be none.

    Longer ones are not counted, and would not fit into the line of a request.
    """
    word = request.match_info["word"]
    if len(word) > WORD_LENGTH:
        raise invalid("word", "must have at most {most} characters", most=WORD_LENGTH)
    if not is_storable(word):
        raise invalid("word", "must not contain NUL or lone surrogates")
    return quote(word, safe="")


def strict_query(request: web.Request, model: type[S]) -> S:
    """The query of somebody who is logged in; a name the model does not know is refused."""
    caller_of(request)
    known = {info.alias or name for name, info in model.model_fields.items()}
    for name in request.query:
        if name not in known:
            raise invalid(name[:40], "is not a known field")
    return read_query(request, model)
