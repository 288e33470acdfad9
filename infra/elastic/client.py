"""The Elasticsearch client: one bounded call each, no retry of its own, errors of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from elasticsearch import ApiError, AsyncElasticsearch, TransportError

from chatstream.domain.backoff import Backoff
from chatstream.domain.cursors import NOT_OF_THE_LIST
from chatstream.errors import (
    ChatStreamError,
    PoisonKind,
    PoisonMessage,
    TransientFailure,
    invalid,
)
from chatstream.settings import ElasticSettings
from infra.retrying import retried

T = TypeVar("T")

ELASTIC_ERRORS = (ApiError, TransportError)

# Statuses of a whole call by which Elasticsearch says that what we sent can never be taken.
_REFUSED = (400, 413)
# Seconds between two questions.
_AGAIN = 0.25


def connect(settings: ElasticSettings) -> AsyncElasticsearch:
    """A client that connects on first use.

    Retries are off: the library would repeat a call within the caller's time bound and double it;
    whoever may wait repeats the call himself.
    """
    return AsyncElasticsearch(
        settings.url,
        request_timeout=settings.request_timeout,
        max_retries=0,
        retry_on_timeout=False,
        retry_on_status=(),
    )


async def answered(ask: Callable[[], Awaitable[T]], within: float) -> T:
    """What `ask` gives, after some tries within so many seconds; then its TransientFailure.

    An index that has just begun answers 503 for a moment.
    """
    return await retried(ask, Backoff(_AGAIN, _AGAIN), within=within)


def failure(error: Exception) -> ChatStreamError:
    """The error a caller understands: PoisonMessage for what was refused, else TransientFailure.

    The text names kind and status only: Elasticsearch quotes documents in its reasons.
    """
    if isinstance(error, ApiError):
        text = f"elasticsearch: {error.status_code} {error.error}"
        return (
            PoisonMessage(text, PoisonKind.STORE)
            if error.status_code in _REFUSED
            else TransientFailure(text)
        )
    return TransientFailure(f"elasticsearch: {type(error).__name__}")


def failure_of_page(error: Exception, cursor: str | None) -> ChatStreamError:
    """As `failure`; a refused search that continued another one can only have a bad cursor."""
    found = failure(error)
    if isinstance(found, PoisonMessage) and cursor is not None:
        return invalid("cursor", NOT_OF_THE_LIST)
    return found
