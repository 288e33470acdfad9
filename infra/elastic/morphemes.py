"""Korean words of a query taken apart by Elasticsearch, as it takes the documents' texts apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from chatstream.domain.search_queries import SearchMorpheme, stem_of
from infra.elastic.client import ELASTIC_ERRORS, failure

KEPT = 10_000
"""Words whose stems a front remembers: pages of one search ask for the same ones."""

# As in the templates: a query that was taken apart otherwise would not find what it should.
TOKENIZER = {"type": "nori_tokenizer", "decompound_mode": "discard"}


class Stems:
    """The stems of Korean words; see `looking.stem_of`."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    async def of(
        self, client: AsyncElasticsearch, words: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]]:
        """The stem of each word, by word; one call for all that are new, none when none is.

        Raises TransientFailure when Elasticsearch is away.
        """
        known = {word: self._known[word] for word in words if word in self._known}
        new = [word for word in words if word not in known]
        if not new:
            return known
        try:
            answer = await client.indices.analyze(
                tokenizer=TOKENIZER, text=new, explain=True, attributes=["leftPOS"]
            )
        except ELASTIC_ERRORS as error:
            raise failure(error) from error
        found = dict(_stems(new, answer["detail"]["tokenizer"]["tokens"]))
        if len(self._known) + len(found) > KEPT:
            self._known.clear()
        self._known.update(found)
        return known | found


def _stems(
    words: Sequence[str], tokens: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Tokens are told apart by where they begin: the words stand behind each other, one apart."""
    begin = 0
    for word in words:
        end = begin + len(word.encode("utf-16-le")) // 2
        own = [token for token in tokens if begin <= token["start_offset"] < end]
        yield word, stem_of([SearchMorpheme(token["token"], _tag(token)) for token in own])
        begin = end + 1


def _tag(token: Mapping[str, Any]) -> str:
    """`NNG(General Noun)` is NNG."""
    return str(token["leftPOS"]).partition("(")[0]
