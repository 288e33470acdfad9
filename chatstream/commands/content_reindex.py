"""The command `content reindex`: the search's posts made anew from Postgres while the old serve.

Of every fact the document that the log service makes of it: the highest number stays, and a deleted
post keeps an empty document, so that nothing comes back whatever is written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chatstream.commands.index_rebuild import IndexRebuild, IndexRebuildError, Say
from chatstream.domain.content.documents import INDEX, IndexedPost, post_document
from chatstream.ports.counting import FactReader, LineHeads
from infra.elastic.fresh_indices import FreshIndices
from schemas import codec
from schemas.contexts.contents import CONTENT, CONTEXT

_TOPIC = CONTENT.response.name
_SAID = {each.record: each.said for each in CONTEXT.kept if each.said is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLines:
    """The lines of facts about posts, of so many partitions."""

    facts: FactReader
    heads: LineHeads
    partitions: int


class ContentReindex(IndexRebuild):
    """One run over all posts, which are searched under the name `index`."""

    def __init__(self, lines: PostLines, fresh: FreshIndices, say: Say, index: str = INDEX) -> None:
        super().__init__(fresh, say)
        self._lines = lines
        self._index = index

    async def heads(self) -> Mapping[int, int]:
        """See IndexRebuild."""
        lines = self._lines
        return {each: await lines.heads.head(_TOPIC, each) for each in range(lines.partitions)}

    async def copy(self, partition: int, after: int, upto: int) -> None:
        """See IndexRebuild; IndexRebuildError when Postgres lacks a fact."""
        rows = await self._lines.facts.facts(_TOPIC, partition, after, upto)
        if [number for number, _ in rows] != list(range(after + 1, upto + 1)):
            raise IndexRebuildError(
                f"{_TOPIC}-{partition}: facts {after + 1} to {upto} are not all in Postgres:"
                " is it the right database? Else restore it from a backup"
            )
        said = (_post(body) for _, body in rows)
        documents = [post_document(each) for each in said if each is not None]
        await self._fresh.write([replace(each, index=self._index) for each in documents])


def _post(body: bytes) -> IndexedPost | None:
    """What the fact says of a post that the search keeps."""
    record = codec.decode(_TOPIC, body)
    said = _SAID.get(type(record))
    found = None if said is None else said(record)
    return found if isinstance(found, IndexedPost) else None
