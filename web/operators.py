"""Who may use the operators' calls."""

from __future__ import annotations

from aiohttp import web

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.logins import Caller
from web.edge.middleware import caller_of

ROLE = "operator"


def is_operator(caller: Caller) -> bool:
    """Whether the token carries the role."""
    return caller.role == ROLE


def operator_of(request: web.Request) -> Caller:
    """The caller, by the role in the token; ACCESS_DENIED when it is no operator's."""
    caller = caller_of(request)
    if not is_operator(caller):
        raise UserError(ErrorCode.ACCESS_DENIED, "only operators may do this")
    return caller
