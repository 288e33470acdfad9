"""Writing documents in bounded bulks, so that a repeat changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import Document
from chatstream.errors import TransientFailure
from chatstream.ports.search import Written
from chatstream.settings import ElasticSettings
from infra.elastic import metrics
from infra.elastic.client import ELASTIC_ERRORS, failure

# Conflict: a document that is written once is there already, or a newer version is.
_STORED = frozenset({200, 201, 409})

# Item errors of status 400 that speak of the cluster's state and not of the document.
_STORE_IS_UNWILLING = frozenset({"index_closed_exception", "validation_exception"})

REASON_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Bulk:
    """The documents of one call: their indices in the write, and the body."""

    indices: tuple[int, ...]
    lines: tuple[bytes, ...]


class ElasticDocuments:
    """See chatstream.ports.search.DocumentStore."""

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)
        self._settings = settings

    async def write(self, documents: Sequence[Document]) -> Written:
        """See the port. PoisonMessage when Elasticsearch refuses a whole bulk as malformed."""
        refused: dict[int, str] = {}
        delayed: dict[int, str] = {}
        for bulk in bulks(documents, self._settings.bulk_documents, self._settings.bulk_bytes):
            if delayed:
                delayed.update(dict.fromkeys(bulk.indices, "after a delayed bulk"))
                continue
            try:
                items = await self._send(bulk)
            except TransientFailure as error:
                delayed.update(dict.fromkeys(bulk.indices, str(error)))
                continue
            for index, item in zip(bulk.indices, items, strict=True):
                _judge(index, item, refused, delayed)
        metrics.REFUSED.inc(len(refused))
        metrics.DELAYED.inc(len(delayed))
        metrics.STORED.inc(len(documents) - len(refused) - len(delayed))
        return Written(refused, delayed)

    async def _send(self, bulk: Bulk) -> list[Mapping[str, Any]]:
        # The server gives up before the client does, so that its answer says which items wait.
        patience = f"{int(self._settings.request_timeout * 800)}ms"
        metrics.DOCUMENTS.observe(len(bulk.indices))
        began = time.perf_counter()
        try:
            answer = await self._client.bulk(
                operations=bulk.lines,  # type: ignore[arg-type]  # bytes are sent as they are
                timeout=patience,
                filter_path="items.*.status,items.*.error.type,items.*.error.reason",
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        finally:
            metrics.SECONDS.observe(time.perf_counter() - began)
        return [next(iter(item.values())) for item in answer["items"]]


def bulks(documents: Sequence[Document], most: int, most_bytes: int) -> Iterator[Bulk]:
    """The documents in order, cut into bulks of at most `most` documents and `most_bytes` bytes.

    A single document over `most_bytes` makes a bulk of its own.
    """
    indices: list[int] = []
    lines: list[bytes] = []
    size = 0
    for index, document in enumerate(documents):
        pair = (orjson.dumps(_action(document)), orjson.dumps(document.body))
        weight = len(pair[0]) + len(pair[1]) + 2
        if indices and (len(indices) == most or size + weight > most_bytes):
            yield Bulk(tuple(indices), tuple(lines))
            indices, lines, size = [], [], 0
        indices.append(index)
        lines.extend(pair)
        size += weight
    if indices:
        yield Bulk(tuple(indices), tuple(lines))


def _action(document: Document) -> dict[str, dict[str, object]]:
    place: dict[str, object] = {"_index": document.index, "_id": document.id}
    if document.version is None:
        return {"create": place}
    return {"index": {**place, "version": document.version, "version_type": "external_gte"}}


def _judge(
    index: int, item: Mapping[str, Any], refused: dict[int, str], delayed: dict[int, str]
) -> None:
    status = int(item["status"])
    if status in _STORED:
        return
    kind = item.get("error", {}).get("type", "unknown")
    reason = f"elasticsearch: {status} {kind}: {item.get('error', {}).get('reason', '')}"
    if status == 400 and kind not in _STORE_IS_UNWILLING:
        refused[index] = reason[:REASON_LENGTH]
    else:
        delayed[index] = f"elasticsearch: {status} {kind}"
