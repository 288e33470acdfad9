"""The agents of posts and inspections: wishes carried out, facts followed, accounts erased."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from agents.contents.erasing import ContentErasure
from agents.contents.following import InspectSink, VerdictSink
from agents.contents.inspecting import SECOND_OPINION, RuleInspector
from agents.contents.inspections import InspectionSink
from agents.contents.wishes import ContentSink
from chatstream.domain.content.posts import ContentVerdict
from chatstream.domain.content.texts import Draft
from chatstream.domain.partitions import partition_of
from chatstream.errors import PoisonMessage
from chatstream.ports.contents import ContentTraces
from schemas import codec, records
from schemas.contexts.contents import CONTENT, INSPECTION, SUBSCRIPTION
from tests.fakes.content_lines import FakeContents, FakeInspections
from tests.fakes.producer import ProducerSpy
from tests.fakes.producing import FixedPolicy

AT = "2026-11-21T12:00:00.000Z"
ANN, OPS = str(uuid4()), str(uuid4())
TEXT = {"title": "일기", "body": "오늘은 비가 왔어요.", "tags": ("일상",)}


def _app(producer: ProducerSpy) -> Any:
    return SimpleNamespace(producer=producer, conf=SimpleNamespace(topic_partitions=8))


class Rig:
    def __init__(self) -> None:
        self.content_id = str(uuid4())
        self.producer = ProducerSpy()
        self.contents = FakeContents()
        self.inspections = FakeInspections(self.contents)
        self.app = _app(self.producer)
        inspector = RuleInspector(FixedPolicy())
        self.waiting: list[bool] = []
        self.posts = ContentSink(self.app, {"content": self.contents}, self.posts_wait)
        self.inspection = InspectionSink(self.app, {"inspection": self.inspections}, inspector)

    def posts_wait(self) -> None:
        """Whether the post can be seen when it is said to wait for its push."""
        self.waiting.append(self.contents.posts[self.content_id].is_visible)

    def wish(self, kind: type[Any], **fields: Any) -> Any:
        return kind(
            request_id=fields.pop("request_id", str(uuid4())),
            account_id=fields.pop("account_id", ANN),
            content_id=self.content_id,
            requested_at=AT,
            **fields,
        )

    def event(self, record: records.Record, topic: str, partition: int | None = None) -> Any:
        place = partition_of(self.content_id, 8) if partition is None else partition
        value = records.encode(record)
        key = self.content_id.encode()
        message = SimpleNamespace(
            topic=topic,
            partition=place,
            offset=0,
            key=key,
            value=value,
            generation_id=5,
            headers=(),
            timestamp=None,
        )
        return SimpleNamespace(value=value, message=message, key=key)

    def sent(self) -> list[Any]:
        found = [codec.decode(topic, value) for topic, _, value, _ in self.producer.sent]
        assert {place for *_, place in self.producer.sent} <= {partition_of(self.content_id, 8)}
        self.producer.sent.clear()
        return found

    async def ask(self, *wishes: Any) -> list[Any]:
        """What is told of wishes about posts."""
        topic = CONTENT.request.name
        await self.posts.process("content", [self.event(each, topic) for each in wishes])
        return self.sent()

    async def inspect(self, *wishes: Any) -> list[Any]:
        """What is told of wishes about inspections."""
        topic = INSPECTION.request.name
        await self.inspection.process("inspection", [self.event(each, topic) for each in wishes])
        return self.sent()

    async def follow(self, sink: Any, topic: str, *facts: Any) -> list[Any]:
        """What facts lead to."""
        await sink.process("", [self.event(each, topic) for each in facts])
        return self.sent()


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_a_post_goes_from_its_writing_to_everybody(rig: Rig) -> None:
    (written,) = await rig.ask(rig.wish(records.WriteContent, **TEXT))
    asked = await rig.follow(InspectSink(rig.app), CONTENT.response.name, written, written)
    assert asked[0].request_id == asked[1].request_id, "a repeat is one"
    told = await rig.inspect(*asked)
    assert [type(each) for each in told] == [records.VerdictGiven] * 2
    (_, wish) = await rig.follow(VerdictSink(rig.app), INSPECTION.response.name, *told)
    published, again = await rig.ask(wish, wish)
    assert (type(published), published.version) == (records.VersionPublished, 1)
    assert again == published
    assert rig.waiting == [True]


async def test_feeds_are_told_of_what_is_published_and_deleted_once_it_is_written(
    rig: Rig,
) -> None:
    (written,) = await rig.ask(rig.wish(records.WriteContent, **TEXT))
    assert rig.waiting == []
    asked = await rig.follow(InspectSink(rig.app), CONTENT.response.name, written)
    verdicts = await rig.inspect(*asked)
    await rig.ask(*await rig.follow(VerdictSink(rig.app), INSPECTION.response.name, *verdicts))
    assert rig.waiting == [True]
    await rig.ask(rig.wish(records.LikeContent), rig.wish(records.ViewContent))
    assert rig.waiting == [True]
    await rig.ask(rig.wish(records.DeleteContent, version=1))
    assert rig.waiting == [True, False]


async def test_a_text_against_the_rules_is_refused_and_an_operator_may_say_otherwise(
    rig: Rig,
) -> None:
    (written,) = await rig.ask(rig.wish(records.WriteContent, **{**TEXT, "body": "kill yourself"}))
    asked = await rig.follow(InspectSink(rig.app), CONTENT.response.name, written)
    (refused,) = await rig.inspect(*asked)
    assert (refused.verdict, refused.reasons) == ("refused", ("banned_word",))
    (appealed,) = await rig.inspect(rig.wish(records.AppealVersion, version=1, text="왜요?"))
    decide = rig.wish(
        records.ReviewVersion, account_id=OPS, version=1, decision="accept", note="인용"
    )
    (accepted,) = await rig.inspect(decide)
    wishes = await rig.follow(
        VerdictSink(rig.app), INSPECTION.response.name, refused, appealed, accepted
    )
    told = await rig.ask(*wishes)
    assert [type(each) for each in told] == [
        records.VersionRefused,
        records.VersionInReview,
        records.VersionPublished,
    ]
    assert rig.contents.posts[rig.content_id].versions[1].is_appealed


async def test_what_is_no_text_is_poison_and_so_is_another_partition(rig: Rig) -> None:
    topic = CONTENT.request.name
    for text in ({"title": ""}, {"body": "\u200b"}, {"tags": ("a" * 31,)}, {"title": "a\nb"}):
        with pytest.raises(PoisonMessage):
            rig.posts.parse(rig.event(rig.wish(records.WriteContent, **{**TEXT, **text}), topic))
    good = rig.wish(records.WriteContent, **TEXT)
    assert rig.posts.parse(rig.event(good, topic)).record == good
    other = (partition_of(rig.content_id, 8) + 1) % 8
    with pytest.raises(PoisonMessage, match="another partition"):
        rig.posts.parse(rig.event(good, topic, other))
    decide = rig.wish(records.ReviewVersion, version=1, decision="accept", note=" ")
    with pytest.raises(PoisonMessage):
        rig.inspection.parse(rig.event(decide, INSPECTION.request.name))


async def test_poison_that_names_its_wish_is_refused(rig: Rig) -> None:
    wish = rig.wish(records.WriteContent, **{**TEXT, "title": ""})
    await rig.posts.reject(rig.event(wish, CONTENT.request.name), "bad")
    refused = codec.decode(CONTENT.response.name, rig.producer.sent[1][2])
    assert (type(refused), refused.code) == (records.ContentWishRefused, "INVALID_INPUT")
    rig.producer.sent.clear()
    appeal = rig.wish(records.AppealVersion, version=1, text="a" * 501)
    await rig.inspection.reject(rig.event(appeal, INSPECTION.request.name), "bad")
    refused = codec.decode(INSPECTION.response.name, rig.producer.sent[1][2])
    assert (type(refused), refused.version) == (records.InspectionWishRefused, 1)


async def test_nothing_follows_of_what_is_deleted_or_of_nobody(rig: Rig) -> None:
    base: dict[str, Any] = {
        "request_id": str(uuid4()),
        "fact_no": 1,
        "content_id": rig.content_id,
        "at": AT,
    }
    blank = records.VersionWritten(
        **base, account_id=ANN, author_id=ANN, version=1, title="", body=""
    )
    deleted = records.ContentDeleted(**base, account_id=ANN, author_id=ANN)
    assert await rig.follow(InspectSink(rig.app), CONTENT.response.name, blank, deleted) == []
    nobody = records.VerdictGiven(
        **base, account_id="", author_id="", version=1, verdict="accepted", judge="rules"
    )
    asked = records.ModelAsked(**base, account_id=ANN, author_id=ANN, version=1)
    sink = VerdictSink(rig.app)
    assert await rig.follow(sink, INSPECTION.response.name, nobody, asked) == []


async def test_a_second_opinion_hands_to_a_person_what_the_rules_accept() -> None:
    def judge(second: bool, body: str) -> Any:
        return RuleInspector(FixedPolicy(), second=lambda _: second).judge(
            Draft(title="a", body=body)
        )

    found = [
        await judge(second, body)
        for second, body in ((False, "안녕하세요"), (True, "안녕하세요"), (True, "kill yourself"))
    ]
    assert [(each.verdict, each.reasons) for each in found] == [
        (ContentVerdict.ACCEPTED, ()),
        (ContentVerdict.REVIEW, (SECOND_OPINION,)),
        (ContentVerdict.REFUSED, ("banned_word",)),
    ]
    assert found[0].gist == found[1].gist != found[2].gist


class Eraser:
    def __init__(self, *traces: ContentTraces) -> None:
        self.traces = list(traces)

    async def erase(self, account_id: str) -> ContentTraces:
        return self.traces.pop(0)


async def test_a_step_ends_when_no_line_has_anything_left(rig: Rig) -> None:
    post, other = str(uuid4()), str(uuid4())
    left = ContentTraces(posts=[post], subscriptions=[(other, ANN)], erased={"facts": 2})
    more = ContentTraces(posts=[], subscriptions=[], erased={}, is_more=True)
    none = ContentTraces(posts=[], subscriptions=[], erased={"facts": 0})
    step = records.EraseInContent(
        saga_id=str(uuid4()), account_id=ANN, step="content", attempt=1, upto={}, at=AT
    )
    erasure = ContentErasure(rig.app, Eraser(left, more, none))
    done = await erasure.erase(step)
    assert dict(done.erased) == {"facts": 2, "posts": 1, "subscriptions": 1}
    assert done.problem
    sent = {topic: codec.decode(topic, value) for topic, _, value, _ in rig.producer.sent}
    wish, ended = sent[CONTENT.request.name], sent[SUBSCRIPTION.request.name]
    assert (type(wish), wish.content_id, wish.account_id) == (records.EraseContent, post, ANN)
    assert (ended.account_id, ended.author_id) == (other, ANN)
    assert (await erasure.erase(step)).problem
    assert not (await erasure.erase(step)).problem
