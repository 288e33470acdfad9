"""/ops/sagas: every erasure with its steps, for operators; one's own by its id. Page or JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import Field

from chatstream.domain.erasure import forgotten_at, state_of
from chatstream.domain.messages import check_uuid
from chatstream.domain.times import from_text, to_text
from chatstream.errors import ErrorCode, UserError
from chatstream.ports.erasure import SagaReader, SagaView, StepView
from schemas.catalogue import ERASURE, TOPICS
from web.edge.bodies import Shape, answer, read_query
from web.edge.language import by_accept, wants_page
from web.edge.middleware import former_caller_of
from web.edge.openapi import Route, mount, operation
from web.operators import ROLE, operator_of

PATH = "/ops/sagas"
_READERS = {step.name for step in ERASURE if step.reads}
KEPT = (
    "messagesUnderDeletedUser",
    "accountId",
    "wordCounts",
    "eventsByAccountId",
    "lateLogLines",
    "deadLetters",
)
"""What stays, by name: the receipt of a finished erasure says so."""

COUNTED = (
    *("friends", "blocks", "names in friend facts"),
    *("saved messages", "names in room facts", "notices"),
    *("search documents", "log lines", "rows of reports"),
)
"""Kinds that the steps' reports count; a page has words for each."""


class SagasQuery(Shape):
    """The query of the list."""

    cursor: str | None = Field(None, min_length=1, max_length=200)
    limit: int = Field(50, ge=1, le=100)


class ShownStep(Shape):
    """A step: `erased` counts by kind; `problem` (operators only) says why it is not done."""

    step: str
    attempts: int
    started_at: str | None
    done_at: str | None
    problem: str
    erased: dict[str, int]


class Receipt(Shape):
    """What a finished erasure leaves: what is kept, and when Kafka has dropped the last record."""

    kept: list[str]
    forgotten_at: str


class ShownSaga(Shape):
    """An erasure; `state` is running, alarm or done. The receipt comes with its end."""

    saga_id: str
    account_id: str
    state: str
    started_at: str
    ended_at: str | None
    steps: list[ShownStep]
    receipt: Receipt | None


class ShownSagas(Shape):
    """A page of the list, the latest first; `alarms` counts all that ask for a person."""

    sagas: list[ShownSaga]
    alarms: int
    cursor: str | None = None


@dataclass(frozen=True)
class SagaPorts:
    """What the views of this module need; `list_page` and `saga_page` answer browsers."""

    sagas: SagaReader
    list_page: Handler
    saga_page: Handler


class SagaViews:
    """The handlers."""

    def __init__(self, ports: SagaPorts) -> None:
        self._ports = ports

    @operation(
        "Erasures, the latest first (operators)",
        query=SagasQuery,
        answers={200: ShownSagas},
        errors=(ErrorCode.ACCESS_DENIED,),
    )
    async def list(self, request: web.Request) -> web.StreamResponse:
        """The page for browsers, the list for programs."""
        if wants_page(request):
            return by_accept(await self._ports.list_page(request))
        operator_of(request)
        query = read_query(request, SagasQuery)
        found, cursor = await self._ports.sagas.sagas(query.cursor, query.limit)
        shown = ShownSagas(
            sagas=[_shown(each, for_operators=True) for each in found],
            alarms=await self._ports.sagas.alarming(),
            cursor=cursor,
        )
        return by_accept(answer(shown))

    @operation(
        "An erasure: one's own, or any (operators)",
        answers={200: ShownSaga},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.ACCESS_DENIED),
    )
    async def one(self, request: web.Request) -> web.StreamResponse:
        """How far it is; the account that it erases may ask with its last access token."""
        if wants_page(request):
            return by_accept(await self._ports.saga_page(request))
        caller = former_caller_of(request)
        is_operator = caller.role == ROLE and operator_of(request) is not None
        saga = await self._ports.sagas.saga(check_uuid("sagaId", request.match_info["sagaId"]))
        if saga is None:
            raise UserError(ErrorCode.NOT_FOUND, "there is no such erasure")
        if not is_operator and saga.account_id != caller.account_id:
            raise UserError(ErrorCode.ACCESS_DENIED, "it is another account's")
        return by_accept(answer(_shown(saga, for_operators=is_operator)))


def _shown(saga: SagaView, *, for_operators: bool) -> ShownSaga:
    done = {each.step: each.done_at for each in saga.steps if each.done_at is not None}
    attempts = next((each.attempts for each in saga.steps if each.done_at is None), 0)
    return ShownSaga(
        saga_id=saga.saga_id,
        account_id=saga.account_id,
        state=state_of([each.step for each in saga.steps], done, attempts),
        started_at=saga.started_at,
        ended_at=saga.ended_at,
        steps=[_step(each, for_operators=for_operators) for each in saga.steps],
        receipt=None if saga.ended_at is None else _receipt(done),
    )


def _step(step: StepView, *, for_operators: bool) -> ShownStep:
    return ShownStep(
        step=step.step,
        attempts=step.attempts,
        started_at=step.started_at,
        done_at=step.done_at,
        problem=step.problem if for_operators else "",
        erased=dict(step.erased),
    )


def _receipt(done: Mapping[str, str]) -> Receipt:
    """Of a saga whose steps ended at these times: those that write facts name the account last."""
    written = max(at for step, at in done.items() if step not in _READERS)
    kept = max(spec.retention or 0 for spec in TOPICS)
    end = forgotten_at(from_text(written), timedelta(seconds=kept))
    return Receipt(kept=list(KEPT), forgotten_at=to_text(end))


ROUTES: tuple[Route, ...] = (
    ("GET", PATH, SagaViews.list),
    ("GET", PATH + "/{sagaId}", SagaViews.one),
)


def register(web_app: web.Application, ports: SagaPorts) -> None:
    """Add the routes: for the pool that has the auth database."""
    mount(web_app, ROUTES, SagaViews(ports))
