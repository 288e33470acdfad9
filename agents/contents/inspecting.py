"""Who judges a text: the rules against abuse, and whoever gives a second opinion."""

from __future__ import annotations

from collections.abc import Callable

from agents.conduct import PolicySource
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.rules import gist_of, judge_draft
from chatstream.domain.content.texts import Draft
from chatstream.ports.inspections import Judgement

SecondOpinion = Callable[[str], bool]
"""Whether somebody should look at a text."""
SECOND_OPINION = "second_opinion"
"""The reason of a verdict that a second opinion led to."""


class RuleInspector:
    """ports.inspections.Inspector by our own rules and lists; `policies` is the one in force.

    What the rules accept a second opinion may hand to a person; it publishes and refuses nothing.
    """

    def __init__(
        self,
        policies: PolicySource,
        reader: Reader | None = None,
        second: SecondOpinion | None = None,
    ) -> None:
        self._policies = policies
        self._reader = reader
        self._second = second

    async def judge(self, draft: Draft) -> Judgement:
        """See ports.inspections.Inspector."""
        policy = await self._policies.known()
        verdict, reasons = judge_draft(policy, draft, self._reader)
        gist = gist_of(policy, draft, self._reader)
        parts = (draft.title, draft.body, *draft.tags)
        second = self._second if verdict is ContentVerdict.ACCEPTED else None
        if second is not None and any(map(second, parts)):
            return Judgement(ContentVerdict.REVIEW, (SECOND_OPINION,), gist)
        return Judgement(verdict, reasons, gist)
