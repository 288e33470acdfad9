"""What the contexts that only read facts do for an erasure: wait until they have read, then erase.

Once a group has committed what was on the topics when chat was finished, nothing late can write the
account's name again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping

from agents.erasure_steps import Done
from chatstream.ports.erasure import GroupOffsets
from schemas import records

Erase = Callable[[str], Awaitable[Mapping[str, int]]]


class ReaderErasure:
    """See agents.erasure_steps.Eraser.

    `reads` are the topics whose facts this group reads; `then` erases what the context keeps.
    """

    def __init__(
        self,
        group: str,
        reads: Collection[str],
        offsets: GroupOffsets,
        then: Erase | None = None,
    ) -> None:
        self.group = group
        self.reads = frozenset(reads)
        self.offsets = offsets
        self.then = then

    async def erase(self, step: records.EraseStep) -> Done:
        """See agents.erasure_steps.Eraser."""
        ends = {topic: offsets for topic, offsets in step.upto.items() if topic in self.reads}
        if not await self.offsets.has_passed(self.group, ends):
            return Done(problem=f"{self.group} has facts from before to read")
        return Done(await self.then(step.account_id) if self.then else {})
