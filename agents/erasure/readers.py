"""What the contexts that only read facts do for an erasure: wait until they have read, then erase.

Once a group has committed what was on the topics when chat was finished, nothing late can write the
account's name again. A message that chat had stored and not told yet, because its worker died in
between, would be told after that: so the first reader also waits until chat has answered what was
asked of it, and the one after it reads up to what stands on the topics then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from types import MappingProxyType

from agents.erasure.steps import Done
from chatstream.ports.erasure import GroupOffsets
from schemas import records

Erase = Callable[[str], Awaitable[Mapping[str, int]]]


class ReaderErasure:
    """See agents.erasure.steps.Eraser.

    `reads` are the topics whose facts this group reads; `then` erases what the context keeps.
    `others` are groups that must have come as far, with the topics that they read.
    """

    def __init__(
        self,
        group: str,
        reads: Collection[str],
        offsets: GroupOffsets,
        then: Erase | None = None,
        others: Mapping[str, Collection[str]] = MappingProxyType({}),
    ) -> None:
        self.offsets = offsets
        self.then = then
        self.waits_for = {**others, group: reads}

    async def erase(self, step: records.EraseStep) -> Done:
        """See agents.erasure.steps.Eraser."""
        for group, reads in self.waits_for.items():
            ends = {topic: offsets for topic, offsets in step.upto.items() if topic in reads}
            if not await self.offsets.has_passed(group, ends):
                return Done(problem=f"{group} has records from before to read")
        return Done(await self.then(step.account_id) if self.then else {})
