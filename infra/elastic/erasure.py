"""Taking an erased account out of Elasticsearch: its names in the search, its id in log lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.documents import LOGS, MESSAGES
from chatstream.errors import TransientFailure
from chatstream.ports.erasure import PartlyErased
from chatstream.settings import ElasticSettings
from infra.elastic.client import ELASTIC_ERRORS, failure

# Documents of one call: it must end within the time limit of a call.
AT_ONCE = 2_000

MARK = "[erased]"
"""What a line of a log has in place of the account's id."""

Query = Mapping[str, Any]

_NAMES = ("user.name", "user.full_name")
_TEXTS = ("message", "error.message", "error.stack_trace")

# Goes through all of a line, fields without a mapping too. Where only a part of the id stands, in a
# text that was cut, the whole text goes.
_HIDE = """
Object hidden(Object value, Map given, Map seen) {
  if (value instanceof String) {
    String text = ((String) value).replace(given.id, given.mark);
    text = text.replace(given.upper, given.mark);
    if (!text.equals(value)) { seen.put('id', true); }
    return text;
  }
  if (value instanceof Map) {
    for (def entry : ((Map) value).entrySet()) {
      entry.setValue(hidden(entry.getValue(), given, seen));
    }
  }
  if (value instanceof List) {
    for (int i = 0; i < ((List) value).size(); i++) {
      ((List) value).set(i, hidden(((List) value).get(i), given, seen));
    }
  }
  return value;
}
Map seen = new HashMap();
def user = ctx._source.user;
if (user instanceof Map && params.id.equals(user.id)) { user.remove('id'); seen.put('id', true); }
hidden(ctx._source, params, seen);
if (seen.isEmpty()) {
  def error = ctx._source.error;
  if (ctx._source.message != null) { ctx._source.message = params.mark; }
  if (error instanceof Map && error.message != null) { error.message = params.mark; }
  if (error instanceof Map && error.stack_trace != null) { error.stack_trace = params.mark; }
}
"""


@dataclass(frozen=True, slots=True)
class _Dataset:
    """What is done to the documents of a dataset that show the account; `kind` counts them."""

    kind: str
    indices: str
    query: Query
    script: Mapping[str, Any]


class ElasticEraser:
    """The account's documents in the search and among the lines of logs.

    Events and dead letters name it by id alone, which stays: nothing to do there. A line is changed
    and not deleted, so that one that comes again is the same document, which is there already.

    An update of a search document raises its version by one, so the same fact written again does
    not bring the name back, and a later fact about the message still counts. What a paused
    Elasticsearch still had to write when its caller gave up is such a fact.
    """

    def __init__(self, client: AsyncElasticsearch, settings: ElasticSettings) -> None:
        self._client = client.options(request_timeout=settings.request_timeout)

    async def erase(self, account_id: str) -> Mapping[str, int]:
        """Take its handle, its names and, of lines, its id out; how many, by kind. Idempotent.

        On return no search finds the account by a name and no line by its id. An index that is not
        there is none to look into. PartlyErased when it must be tried again.
        """
        datasets = (_messages(account_id), _lines(account_id))
        erased = {each.kind: 0 for each in datasets}
        try:
            for each in datasets:
                await self._refresh(each)
            for each in datasets:
                while await self._update(each, erased) == AT_ONCE:
                    pass
                await self._check_gone(each)
        except (TransientFailure, *ELASTIC_ERRORS) as error:
            raise _partly(error, erased) from error
        return erased

    async def _refresh(self, dataset: _Dataset) -> None:
        """What was written is seen by the queries that follow."""
        answer = await self._client.indices.refresh(index=dataset.indices)
        _check_shards(answer.body)

    async def _update(self, dataset: _Dataset, erased: dict[str, int]) -> int:
        """How many this call changed; they are counted in `erased` also when it then fails."""
        answer = await self._client.update_by_query(
            index=dataset.indices,
            query=dataset.query,
            script=dataset.script,
            max_docs=AT_ONCE,
            conflicts="proceed",
            refresh=True,
            ignore_unavailable=True,
            allow_no_indices=True,
        )
        body, updated = answer.body, int(answer.body["updated"])
        erased[dataset.kind] += updated
        if body["version_conflicts"] or body["failures"] or body["timed_out"]:
            raise TransientFailure("elasticsearch: documents changed meanwhile")
        return updated

    async def _check_gone(self, dataset: _Dataset) -> None:
        """TransientFailure unless every shard says that no document is left."""
        await self._refresh(dataset)
        answer = await self._client.count(
            index=dataset.indices, query=dataset.query, allow_no_indices=True
        )
        _check_shards(answer.body)
        if answer.body["count"]:
            raise TransientFailure(f"elasticsearch: {dataset.kind} show the account still")


def _messages(account_id: str) -> _Dataset:
    """The documents that show the account's handle or name, also those a reindex has begun."""
    query = {
        "bool": {
            "filter": [{"term": {"user.id": account_id}}],
            "should": [{"exists": {"field": field}} for field in _NAMES],
            "minimum_should_match": 1,
        }
    }
    script = "ctx._source.user.remove('name'); ctx._source.user.remove('full_name')"
    return _Dataset(
        "search documents", f"{MESSAGES}*", query, {"lang": "painless", "source": script}
    )


def _lines(account_id: str) -> _Dataset:
    """The lines that have the account's id, as a field or in a text.

    The id's first and last group may be one word with what stands beside them (`of:a1b2…`), those
    between never are.
    """
    groups = " ".join(account_id.split("-")[1:-1])
    query = {
        "bool": {
            "should": [
                {"term": {"user.id": account_id}},
                *({"match_phrase": {field: groups}} for field in _TEXTS),
            ],
            "minimum_should_match": 1,
        }
    }
    params = {"id": account_id, "upper": account_id.upper(), "mark": MARK}
    return _Dataset("log lines", f"{LOGS}-*", query, {"source": _HIDE, "params": params})


def _partly(error: Exception, erased: Mapping[str, int]) -> Exception:
    """The failure, with what was erased before it when it is an outage."""
    told = error if isinstance(error, TransientFailure) else failure(error)
    return PartlyErased(str(told), erased) if isinstance(told, TransientFailure) else told


def _check_shards(body: Mapping[str, Any]) -> None:
    if body["_shards"]["failed"]:
        raise TransientFailure("elasticsearch: a shard did not answer")
