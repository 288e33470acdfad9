"""Authors, rules, a model, operators and an erasure at once, in any order of what they hear.

Wishes of each line come in their order, but as late as can be, and some twice: what is seen must be
what was accepted, whatever comes between.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agents.contents.following import apply_of, inspect_of
from agents.contents.wishes import wish_of
from chatstream.domain.content.posts import ContentVerdict, PostState
from chatstream.ports.contents import ContentAct, ContentWish
from chatstream.ports.inspections import InspectionAct, InspectionWish, Judgement
from schemas import codec, records
from schemas.contexts.contents import CONTENT, INSPECTION
from tests.fakes.content_lines import FakeContents, FakeInspections

ANN, OPS = str(UUID(int=1)), str(UUID(int=2))
POST = str(UUID(int=3))
VERDICTS = st.sampled_from(ContentVerdict)
FINAL = (ContentVerdict.ACCEPTED, ContentVerdict.REFUSED)


class Races(RuleBasedStateMachine):
    """One post; `to_inspect` and `to_apply` are wishes that lie on the topics, unread."""

    def __init__(self) -> None:
        super().__init__()
        self.contents = FakeContents()
        self.inspections = FakeInspections(self.contents)
        self.to_inspect: list[records.InspectVersion] = []
        self.to_apply: list[records.ApplyVerdict] = []
        self.applied: list[records.ApplyVerdict] = []
        self.accepted: set[int] = set()
        self.published_at: dict[int, str] = {}
        self.first_at: str | None = None
        self.was_deleted = False
        self.number = 0
        self.head = 0

    # -- what people and machines do ---------------------------------------------------------

    @rule(body=st.sampled_from(("하나", "둘", "셋")), knows=st.integers(1, 4))
    def writes(self, body: str, knows: int) -> None:
        if POST in self.contents.posts:
            self.do(ContentAct.EDIT, version=knows, body=body)
        else:
            self.do(ContentAct.WRITE, title="글", body=body, tags=())

    @rule()
    def edits_the_latest(self) -> None:
        post = self.contents.posts.get(POST)
        if post is not None:
            self.number += 1
            self.do(ContentAct.EDIT, version=post.version, body=f"글 {self.number}")

    @rule()
    def deletes(self) -> None:
        self.do(ContentAct.DELETE)

    @rule()
    def leaves(self) -> None:
        self.contents.erased.add(ANN)
        self.do(ContentAct.ERASE)

    @rule(verdict=VERDICTS, asks_model=st.booleans())
    def rules_judge(self, verdict: ContentVerdict, asks_model: bool) -> None:
        if self.to_inspect:
            record = self.to_inspect.pop(0)
            self.say(
                InspectionAct.INSPECT,
                record.version,
                request_id=record.request_id,
                judgement=Judgement(verdict),
                asks_model=asks_model,
            )

    @rule(version=st.integers(1, 4), verdict=VERDICTS)
    def model_answers(self, version: int, verdict: ContentVerdict) -> None:
        self.say(InspectionAct.MODEL, version, judgement=Judgement(verdict))

    @rule(version=st.integers(1, 4), verdict=st.sampled_from(FINAL))
    def operator_decides(self, version: int, verdict: ContentVerdict) -> None:
        self.say(InspectionAct.REVIEW, version, who=OPS, judgement=Judgement(verdict), text="a")

    @rule(version=st.integers(1, 4))
    def author_appeals(self, version: int) -> None:
        self.say(InspectionAct.APPEAL, version)

    @rule()
    def verdict_arrives(self) -> None:
        if self.to_apply:
            record = self.to_apply.pop(0)
            self.applied.append(record)
            self.hear(wish_of(0, record))

    @rule(which=st.integers(0, 8))
    def verdict_arrives_again(self, which: int) -> None:
        """After a crash the records from some place on are read once more."""
        if self.applied:
            for record in self.applied[which % len(self.applied) :]:
                self.hear(wish_of(0, record))

    # -- what is told ------------------------------------------------------------------------

    def do(self, act: ContentAct, **more: Any) -> None:
        self.hear(ContentWish(**self.ids(), account_id=ANN, content_id=POST, act=act, **more))

    def ids(self) -> dict[str, Any]:
        self.number += 1
        return {"partition": 0, "request_id": str(uuid5(UUID(int=0), str(self.number)))}

    def hear(self, wish: ContentWish) -> None:
        for answer in self.contents.decide([wish]):
            fact = codec.decode(CONTENT.response.name, answer.body)
            record = inspect_of(fact)
            if record is not None:
                self.to_inspect.append(record)
            if isinstance(fact, records.ContentFact):
                if fact.fact_no <= self.head:  # told before: whoever reads the line passes it over
                    body = fact.body if isinstance(fact, records.VersionPublished) else ""
                    assert not (self.was_deleted and body), "a text that left"
                    continue
                self.head = fact.fact_no
            if isinstance(fact, records.VersionPublished):
                self.first_at = self.first_at or fact.first_published_at
                assert fact.first_published_at == self.first_at, "it never changes"
                assert fact.version in self.accepted, "nobody accepted it"
                assert not self.was_deleted, "it was deleted before"
                assert ANN not in self.contents.erased
            self.was_deleted = self.was_deleted or isinstance(fact, records.ContentDeleted)

    def say(self, act: InspectionAct, version: int, who: str = ANN, **more: Any) -> None:
        ids = {**self.ids(), **{k: more.pop(k) for k in ("request_id",) if k in more}}
        wish = InspectionWish(
            **ids, account_id=who, content_id=POST, version=version, act=act, **more
        )
        for answer in self.inspections.decide([wish]):
            fact = codec.decode(INSPECTION.response.name, answer.body)
            if isinstance(fact, records.VerdictGiven) and fact.verdict == "accepted":
                self.accepted.add(fact.version)
            record = apply_of(fact)
            if record is not None:
                self.to_apply.append(record)

    # -- what holds --------------------------------------------------------------------------

    @invariant()
    def only_what_was_accepted_is_seen(self) -> None:
        post = self.contents.posts.get(POST)
        if post is None:
            return
        if post.is_deleted:
            assert (post.published, post.versions) == (None, {})
            return
        shown = [
            number for number, each in post.versions.items() if each.state is PostState.PUBLISHED
        ]
        assert shown == ([] if post.published is None else [post.published])
        assert set(shown) <= self.accepted

    def teardown(self) -> None:
        """When everything is read, what was accepted last of the latest version is seen."""
        while self.to_inspect or self.to_apply:
            self.rules_judge(ContentVerdict.ACCEPTED, asks_model=False)
            self.verdict_arrives()
        self.only_what_was_accepted_is_seen()
        post = self.contents.posts.get(POST)
        if post is None or post.is_deleted or ANN in self.contents.erased:
            return
        board = self.inspections.boards[POST]
        stage = board.inspections[post.version].stage.value
        latest = post.latest
        assert latest is not None
        expected = {"accepted": "published"}.get(stage, stage)
        assert latest.state.value == expected, (stage, latest.state)


Races.TestCase.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)
TestRaces = Races.TestCase


def test_a_verdict_that_arrives_again_behind_a_deletion_tells_the_old_fact_without_its_text() -> (
    None
):
    race = Races()
    race.writes(body="하나", knows=1)
    race.rules_judge(verdict=ContentVerdict.ACCEPTED, asks_model=False)
    race.verdict_arrives()
    race.deletes()
    race.verdict_arrives_again(which=0)
    assert race.head == 3
