"""The records that tell of wishes about inspections: facts as they are told, other answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from chatstream.domain.content import inspections as rules
from chatstream.domain.content.inspections import (
    STAGE_OF,
    HeldInspection,
    InspectionBoard,
    InspectionChange,
    Stage,
)
from chatstream.domain.content.posts import NOT_THERE
from chatstream.domain.content.rules import judge_repeats
from chatstream.domain.decisions import Accept, Decision, Refuse
from chatstream.domain.lines import Fact, Numbers
from chatstream.domain.times import to_text
from chatstream.errors import ErrorCode
from chatstream.ports.inspections import (
    InspectionAct,
    InspectionAnswer,
    InspectionWish,
    Judgement,
)
from schemas import records

_JUDGES = {
    InspectionAct.INSPECT: "rules",
    InspectionAct.MODEL: "model",
    InspectionAct.REVIEW: "operator",
}


@dataclass(slots=True, kw_only=True)
class SaidOf:
    """What is written of an inspection besides its stage; None: as it was."""

    judge: str | None = None
    note: str | None = None
    text: str | None = None
    decided_by: str | None = None
    gist: str = ""


@dataclass(slots=True)
class Boards:
    """The posts of a batch, who is erased, and what must be written.

    `repeats` counts the posts of the last hour by author and gist, `fresh` has those of the batch.
    """

    held: dict[str, InspectionBoard]
    erased: frozenset[str] = frozenset()
    repeats: Counter[tuple[str, str]] = field(default_factory=Counter)
    fresh: defaultdict[tuple[str, str], set[str]] = field(default_factory=partial(defaultdict, set))
    changed: dict[tuple[str, int], SaidOf] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def of(self, content_id: str) -> InspectionBoard:
        """What there is of a post, which may be nothing."""
        return self.held.setdefault(content_id, InspectionBoard(latest=None))


def answer(numbers: Numbers, boards: Boards, index: int, wish: InspectionWish) -> InspectionAnswer:
    """Carry out the wish with this index and answer it, by its fact or by one other record."""
    if former := numbers.former.get(wish.identity):
        return _told(index, former[0])
    wish = _compared(boards, wish)
    decision = numbers.settled.uphold(wish, _decide(boards, wish))
    if not isinstance(decision, Accept):
        body = records.encode(_unmoved(numbers, boards, wish, decision))
        return InspectionAnswer(index, None, body)
    record = _changed(numbers, boards, wish, decision.changes[0])
    fact = numbers.add(
        wish,
        content_id=wish.content_id,
        account_id=record.account_id or None,
        body=records.encode(record).decode(),
    )
    return _told(index, fact)


def _compared(boards: Boards, wish: InspectionWish) -> InspectionWish:
    """What the rules say, when it is known what else its author wrote."""
    if wish.act is not InspectionAct.INSPECT or not _judgement(wish).gist:
        return wish
    said = _judgement(wish)
    place = wish.account_id, said.gist
    others = boards.repeats[place] + len(boards.fresh[place] - {wish.content_id})
    verdict, reasons = judge_repeats(said.verdict, said.reasons, others)
    return replace(wish, judgement=replace(said, verdict=verdict, reasons=reasons))


def _told(index: int, fact: Fact) -> InspectionAnswer:
    return InspectionAnswer(index, fact.fact_no, fact.values["body"].encode())


def _decide(boards: Boards, wish: InspectionWish) -> Decision[InspectionChange]:
    board, version = boards.of(wish.content_id), wish.version
    match wish.act:
        case InspectionAct.INSPECT:
            verdict = _judgement(wish).verdict
            return rules.decide_inspect(board, version, verdict, asks_model=wish.asks_model)
        case InspectionAct.MODEL:
            return rules.decide_model(board, version)
        case InspectionAct.REVIEW:
            return rules.decide_review(board, version)
        case InspectionAct.APPEAL:
            if wish.account_id in boards.erased:
                return NOT_THERE
            return rules.decide_appeal(board, wish.account_id, version)


def _judgement(wish: InspectionWish) -> Judgement:
    if wish.judgement is None:
        raise TypeError(f"{wish.act} has a judgement")
    return wish.judgement


def _changed(
    numbers: Numbers, boards: Boards, wish: InspectionWish, change: InspectionChange
) -> records.InspectionFact:
    board = boards.of(wish.content_id)
    is_erased = wish.account_id in boards.erased
    if wish.act is InspectionAct.INSPECT:
        before = {number: each.stage for number, each in board.inspections.items()}
        inspection = board.open(wish.version, None if is_erased else wish.account_id)
        for number, stage in before.items():
            if board.inspections[number].stage is not stage:
                boards.changed.setdefault((wish.content_id, number), SaidOf())
    else:
        inspection = board.inspections[wish.version]
    said = boards.changed.setdefault((wish.content_id, wish.version), SaidOf())
    if wish.act is InspectionAct.INSPECT and not is_erased:
        said.gist = _judgement(wish).gist
        boards.fresh[wish.account_id, said.gist].add(wish.content_id)
    base = _base(numbers, boards, wish, inspection)
    if change is InspectionChange.MODEL_ASKED:
        boards.asked.append((wish.content_id, wish.version))
        return records.ModelAsked(**base)
    if change is InspectionChange.APPEALED:
        inspection.stage, inspection.is_appealed = Stage.REVIEW, True
        said.text = wish.text
        return records.VersionAppealed(**base, reasons=inspection.reasons)
    return _judged(wish, inspection, said, base)


def _judged(
    wish: InspectionWish, inspection: HeldInspection, said: SaidOf, base: dict[str, Any]
) -> records.VerdictGiven:
    judgement = _judgement(wish)
    if inspection.stage is not Stage.SUPERSEDED:
        inspection.stage = STAGE_OF[judgement.verdict]
    inspection.reasons = judgement.reasons
    said.judge = _JUDGES[wish.act]
    if wish.act is InspectionAct.REVIEW:
        said.note, said.decided_by = wish.text, base["account_id"] or None
    verdict: Any = str(judgement.verdict)
    judge: Any = said.judge
    return records.VerdictGiven(
        **base, verdict=verdict, judge=judge, reasons=judgement.reasons, note=said.note or ""
    )


def _base(
    numbers: Numbers, boards: Boards, wish: InspectionWish, inspection: HeldInspection
) -> dict[str, Any]:
    """What every fact has; it names nobody who is erased."""
    return {
        "request_id": wish.request_id,
        "account_id": "" if wish.account_id in boards.erased else wish.account_id,
        "fact_no": numbers.heads[wish.partition] + 1,
        "content_id": wish.content_id,
        "version": wish.version,
        "author_id": inspection.author_id or "",
        "at": to_text(numbers.now),
    }


def _unmoved(
    numbers: Numbers, boards: Boards, wish: InspectionWish, decision: Decision[InspectionChange]
) -> records.InspectionUnchanged | records.InspectionWishRefused:
    base: dict[str, Any] = {
        "request_id": wish.request_id,
        "account_id": wish.account_id,
        "content_id": wish.content_id,
        "version": wish.version,
        "at": to_text(numbers.now),
    }
    if not isinstance(decision, Refuse):
        return records.InspectionUnchanged(**base)
    is_conflict = decision.code is ErrorCode.VERSION_CONFLICT
    latest = boards.of(wish.content_id).latest if is_conflict else None
    return records.InspectionWishRefused(
        **base, code=str(decision.code), reason=decision.reason, latest=latest
    )
