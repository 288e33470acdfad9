"""kakao.ugc.inspection: what is said of versions of posts before anybody sees them."""

from __future__ import annotations

from typing import Literal

from schemas.records.base import AnswerRecord, FactRecord, Plain, RequestRecord, Secret, Uuid
from schemas.records.contents import VerdictKind, Version


class InspectionAsked(RequestRecord, frozen=True, kw_only=True):
    """What every wish about an inspection has."""

    content_id: Uuid
    version: Version
    requested_at: str

    @property
    def key(self) -> str:
        """The post."""
        return self.content_id


class InspectVersion(InspectionAsked, frozen=True, kw_only=True, tag="inspectVersion"):
    """The account wrote a version: what do the rules say of it? Nobody waits."""

    title: Secret
    body: Secret
    tags: tuple[Secret, ...] = ()


class TellModelVerdict(InspectionAsked, frozen=True, kw_only=True, tag="tellModelVerdict"):
    """What a language model said of the version of the account's; nobody waits."""

    verdict: VerdictKind
    reasons: tuple[Plain, ...] = ()


class ReviewVersion(InspectionAsked, frozen=True, kw_only=True, tag="reviewVersion"):
    """An operator decides about a version that waits for a person, and says why."""

    decision: Literal["accept", "refuse"]
    note: Secret


class AppealVersion(InspectionAsked, frozen=True, kw_only=True, tag="appealVersion"):
    """The author asks for another look at a refused version, once."""

    text: Secret = ""


class InspectionFact(FactRecord, frozen=True, kw_only=True):
    """What every fact about an inspection has; `authorId` is empty once the author is erased."""

    content_id: Plain
    version: int
    author_id: Plain
    at: str


class ModelAsked(InspectionFact, frozen=True, kw_only=True, tag="modelAsked"):
    """Fact: the rules have nothing against the version, and a language model is to be asked."""


class VerdictGiven(InspectionFact, frozen=True, kw_only=True, tag="verdictGiven"):
    """Fact: this is the verdict, until there is another; `accountId` is whose wish led to it.

    `judge` is who said so; `note` are an operator's words.
    """

    verdict: VerdictKind
    judge: Literal["rules", "model", "operator"]
    reasons: tuple[Plain, ...] = ()
    note: Secret = ""


class VersionAppealed(InspectionFact, frozen=True, kw_only=True, tag="versionAppealed"):
    """Fact: a person must look at the refused version again, since its author asks for it."""

    reasons: tuple[Plain, ...] = ()


class InspectionUnchanged(AnswerRecord, frozen=True, kw_only=True, tag="inspectionUnchanged"):
    """Answer without a change: it was so already, or a later version has taken its place."""

    content_id: Plain
    version: int
    at: str


class InspectionWishRefused(AnswerRecord, frozen=True, kw_only=True, tag="inspectionWishRefused"):
    """Outcome of a wish about an inspection that was refused; `latest` version, in a conflict."""

    content_id: Plain
    version: int
    code: str
    reason: str
    latest: int | None = None
    at: str


InspectionRequest = InspectVersion | TellModelVerdict | ReviewVersion | AppealVersion
InspectionResponse = (
    ModelAsked | VerdictGiven | VersionAppealed | InspectionUnchanged | InspectionWishRefused
)
