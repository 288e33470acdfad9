"""The Elasticsearch client: one bounded call each, no retry of its own, errors of ours."""

from __future__ import annotations

from elasticsearch import ApiError, AsyncElasticsearch, TransportError

from chatstream.errors import ChatStreamError, PoisonKind, PoisonMessage, TransientFailure
from chatstream.settings import ElasticSettings

ELASTIC_ERRORS = (ApiError, TransportError)

# Statuses of a whole call by which Elasticsearch says that what we sent can never be taken.
_REFUSED = (400, 413)


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
