"""Inspections: what is said of a version, by whom, and when that is the end of it.

The rules judge first. What they have nothing against waits for a language model where one is asked,
and for a person where somebody is in doubt. A verdict is the end of it, but for one appeal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from chatstream.domain.content.posts import CONFLICT, FOREIGN, NOT_THERE, ContentVerdict
from chatstream.domain.decisions import Accept, Decision, Refuse, Unchanged
from chatstream.errors import ErrorCode


class Stage(StrEnum):
    """How far an inspection is."""

    INSPECTING = "inspecting"
    REVIEW = "review"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUPERSEDED = "superseded"


class InspectionChange(StrEnum):
    """What happens to an inspection."""

    MODEL_ASKED = "modelAsked"
    JUDGED = "judged"
    APPEALED = "appealed"


ALREADY_APPEALED = Refuse(ErrorCode.ALREADY_APPEALED, "the version was appealed before")
ALREADY_DECIDED = Refuse(ErrorCode.ALREADY_DECIDED, "the version was decided about before")
NOT_REFUSED = Refuse(ErrorCode.INVALID_INPUT, "only a refused version is appealed")

WAITING = (Stage.INSPECTING, Stage.REVIEW)
"""An operator may decide."""

STAGE_OF = {
    ContentVerdict.ACCEPTED: Stage.ACCEPTED,
    ContentVerdict.REFUSED: Stage.REFUSED,
    ContentVerdict.REVIEW: Stage.REVIEW,
}


@dataclass(slots=True, kw_only=True)
class HeldInspection:
    """The inspection of a version."""

    author_id: str | None
    stage: Stage
    reasons: tuple[str, ...] = ()
    is_appealed: bool = False


@dataclass(slots=True, kw_only=True)
class InspectionBoard:
    """What there is of a post: its inspections by version, and the post as it is now.

    `latest` is its latest version, None where it is deleted or was never there.
    """

    latest: int | None
    author_id: str | None = None
    is_visible: bool = False
    inspections: dict[int, HeldInspection] = field(default_factory=dict)

    def open(self, version: int, author_id: str | None) -> HeldInspection:
        """Begin the inspection of a version; those of older ones that waited are over."""
        for number, each in self.inspections.items():
            if number < version and each.stage in WAITING:
                each.stage = Stage.SUPERSEDED
        newest = max(self.inspections, default=0)
        stage = Stage.INSPECTING if version > newest else Stage.SUPERSEDED
        self.inspections[version] = HeldInspection(author_id=author_id, stage=stage)
        return self.inspections[version]


def decide_inspect(
    board: InspectionBoard, version: int, verdict: ContentVerdict, *, asks_model: bool
) -> Decision[InspectionChange]:
    """The rules judge a version once; what they accept waits for the model that is asked."""
    if version in board.inspections:
        return Unchanged()
    waits = asks_model and verdict is ContentVerdict.ACCEPTED
    is_newest = version > max(board.inspections, default=0)
    return Accept(
        (InspectionChange.MODEL_ASKED if waits and is_newest else InspectionChange.JUDGED,)
    )


def decide_model(board: InspectionBoard, version: int) -> Decision[InspectionChange]:
    """The model's verdict counts while nobody else has decided; of an older version it is kept."""
    inspection = board.inspections.get(version)
    if inspection is None or inspection.stage not in (Stage.INSPECTING, Stage.SUPERSEDED):
        return Unchanged()
    return Accept((InspectionChange.JUDGED,))


def decide_review(board: InspectionBoard, version: int) -> Decision[InspectionChange]:
    """An operator decides about the latest version, while it waits."""
    inspection = board.inspections.get(version)
    if inspection is None or board.latest is None:
        return NOT_THERE
    if version != board.latest:
        return CONFLICT
    return Accept((InspectionChange.JUDGED,)) if inspection.stage in WAITING else ALREADY_DECIDED


def decide_appeal(
    board: InspectionBoard, account_id: str, version: int
) -> Decision[InspectionChange]:
    """The author asks for another look at the latest version, once, when it was refused."""
    inspection = board.inspections.get(version)
    if board.latest is None:
        return NOT_THERE
    if board.author_id != account_id:
        return FOREIGN if board.is_visible else NOT_THERE
    if version != board.latest:
        return CONFLICT
    if inspection is None:
        return NOT_REFUSED
    if inspection.is_appealed:
        return ALREADY_APPEALED
    is_refused = inspection.stage is Stage.REFUSED
    return Accept((InspectionChange.APPEALED,)) if is_refused else NOT_REFUSED
