"""Rules about a text by itself: what can be said of it without what its author did before."""

from __future__ import annotations

from chatstream.domain.abuse.links import within
from chatstream.domain.abuse.messages import Message, matcher_of, read
from chatstream.domain.abuse.own_words import Reader
from chatstream.domain.abuse.policy import Policy
from chatstream.domain.abuse.verdicts import Outcome, Reason, Verdict


def judge_words(policy: Policy, text: str, reader: Reader | None = None) -> Verdict:
    """REFUSE, MASK or PASS by its words alone; `reader` as for `messages.read`."""
    found = read(policy, text, reader).found
    refused = [each.word for each in found if each.refused]
    if refused:
        return Verdict(Outcome.REFUSE, Reason.BANNED_WORD, detail=refused[0])
    if found:
        masked = matcher_of(policy).mask(text, found, reader)
        return Verdict(Outcome.MASK, Reason.BANNED_WORD, masked, detail=found[0].word)
    return Verdict(Outcome.PASS, text=text)


def judge_text(policy: Policy, text: str, reader: Reader | None = None) -> Verdict:
    """As `judge_words`; a banned host and too many links at once refuse it as well."""
    verdict = judge_words(policy, text, reader)
    if verdict.outcome is Outcome.REFUSE:
        return verdict
    return links_refused(policy, read(policy, text, reader)) or verdict


def links_refused(policy: Policy, message: Message) -> Verdict | None:
    """The refusal that its links bring by themselves: to a banned host, or too many."""
    for link in message.links:
        if within(link, policy.hosts.banned):
            return Verdict(Outcome.REFUSE, Reason.BANNED_LINK, detail=link.host)
    if len(message.links) > policy.room.links_at_once:
        return Verdict(Outcome.REFUSE, Reason.LINKS, detail=f"{len(message.links)} links at once")
    return None
