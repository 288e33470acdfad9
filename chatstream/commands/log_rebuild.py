"""The command `log rebuild`: the search's documents made anew from Postgres while the old serve.

For each fact the message that it is about, as it is at that moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.log_documents import searched
from chatstream.commands.index_rebuild import IndexRebuild, Say
from chatstream.domain.documents import IndexedMessage
from chatstream.ports.counting import Tokenizer
from infra.elastic.fresh_indices import FreshIndices
from infra.postgres.present_messages import PresentMessages


class LogRebuild(IndexRebuild):
    """One run over the messages."""

    def __init__(
        self, messages: PresentMessages, fresh: FreshIndices, tokenizer: Tokenizer, say: Say
    ) -> None:
        super().__init__(fresh, say)
        self._messages = messages
        self._tokenizer = tokenizer

    async def heads(self) -> Mapping[int, int]:
        """See IndexRebuild."""
        return await self._messages.heads()

    async def copy(self, partition: int, after: int, upto: int) -> None:
        """See IndexRebuild."""
        said = await self._messages.touched(partition, after, upto)
        await self._write(said)
        # Who was erased since the read was perhaps looked for here before this was written; who is
        # erased later is looked for later.
        authors = {each.account_id for each in said if not each.is_erased}
        if authors and await self._messages.erased(partition, authors):
            await self._write(await self._messages.touched(partition, after, upto))

    async def _write(self, said: Sequence[IndexedMessage]) -> None:
        await self._fresh.write([searched(each, self._tokenizer) for each in said])
