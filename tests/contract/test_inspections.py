"""ports.inspections.InspectionStore on real Postgres: judges, their order, appeals, erasure."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chatstream.domain.content.posts import ContentVerdict
from chatstream.ports.contents import ContentAct
from chatstream.ports.inspections import InspectionAct, Judgement
from schemas import records
from tests.contract.content_rig import (
    ACCEPT,
    LOOK,
    REFUSE,
    ContentRig,
    ask,
    codes,
    inspect,
    wish,
)

YES, NO = Judgement(ContentVerdict.ACCEPTED), Judgement(ContentVerdict.REFUSED)


async def stage(rig: ContentRig, written: Any) -> str:
    ((state,),) = await rig.database.fetch(
        "select state from inspections where content_id = %s::uuid and version = %s",
        (written.content_id, written.version),
    )
    return str(state)


async def questions(rig: ContentRig, written: Any) -> list[int]:
    rows = await rig.database.fetch(
        "select version from model_questions where content_id = %s::uuid", (written.content_id,)
    )
    return [version for (version,) in rows]


@pytest.mark.parametrize("judgement", [ACCEPT, REFUSE, LOOK])
async def test_the_rules_judge_a_version_once(contents: ContentRig, judgement: Judgement) -> None:
    written = await contents.write(str(uuid4()))
    asked = inspect(written, judgement)
    (fact,) = await contents.say(asked)
    assert isinstance(fact, records.VerdictGiven)
    assert (fact.verdict, fact.judge, fact.reasons) == (
        str(judgement.verdict),
        "rules",
        judgement.reasons,
    )
    assert await contents.say(asked) == [fact]


async def test_an_operator_decides_what_waits_and_says_why(contents: ContentRig) -> None:
    ann, ops = str(uuid4()), str(uuid4())
    written = await contents.write(ann)
    (in_review,) = await contents.inspected(written, LOOK)
    assert (type(in_review), in_review.reasons) == (records.VersionInReview, ("links",))
    decide = ask(InspectionAct.REVIEW, ops, written, judgement=NO, text="광고예요")
    (fact,) = await contents.say(decide)
    assert (fact.judge, fact.account_id, fact.author_id) == ("operator", ops, ann)
    (refused,) = await contents.heard(fact)
    assert (type(refused), refused.note) == (records.VersionRefused, "광고예요")
    (late,) = await contents.say(ask(InspectionAct.REVIEW, ops, written, judgement=YES, text="a"))
    assert late.code == "ALREADY_DECIDED"
    nothing = ask(InspectionAct.REVIEW, ops, written, judgement=YES, text="a", version=9)
    assert codes(await contents.say(nothing)) == ["CONTENT_NOT_FOUND"]


async def test_an_operator_is_told_of_a_later_version_and_of_a_deleted_post(
    contents: ContentRig,
) -> None:
    ann, ops = str(uuid4()), str(uuid4())
    written = await contents.write(ann)
    await contents.inspected(written, LOOK)
    edit = wish(ContentAct.EDIT, ann, written.content_id, version=1, body="둘째 글")
    (second,) = await contents.do(edit)
    (older,) = await contents.say(ask(InspectionAct.REVIEW, ops, written, judgement=YES, text="a"))
    assert (older.code, older.latest) == ("VERSION_CONFLICT", 2)
    await contents.inspected(second, LOOK)
    assert await stage(contents, written) == "superseded"
    await contents.do(wish(ContentAct.DELETE, ann, written.content_id))
    (gone,) = await contents.say(ask(InspectionAct.REVIEW, ops, second, judgement=YES, text="a"))
    assert gone.code == "CONTENT_NOT_FOUND"


async def test_a_decision_that_meets_a_newer_version_is_kept_and_publishes_nothing(
    contents: ContentRig,
) -> None:
    ann = str(uuid4())
    written = await contents.write(ann)
    await contents.inspected(written, LOOK)
    (fact,) = await contents.say(
        ask(InspectionAct.REVIEW, str(uuid4()), written, judgement=YES, text="a")
    )
    await contents.do(wish(ContentAct.EDIT, ann, written.content_id, version=1, body="둘째"))
    assert codes(await contents.heard(fact)) == ["ContentUnchanged"]
    assert await contents.row(written.content_id) == (2, None, False)
    assert await stage(contents, written) == "accepted"


async def test_an_author_appeals_once_and_only_against_a_refusal(contents: ContentRig) -> None:
    ann, bea = str(uuid4()), str(uuid4())
    written = await contents.write(ann)
    (early,) = await contents.say(ask(InspectionAct.APPEAL, ann, written))
    assert early.code == "INVALID_INPUT"
    await contents.inspected(written, REFUSE)
    fact, foreign, wrong, again = await contents.say(
        ask(InspectionAct.APPEAL, bea, written),
        ask(InspectionAct.APPEAL, ann, written, version=2),
        ask(InspectionAct.APPEAL, ann, written, text="다시 봐 주세요"),
        ask(InspectionAct.APPEAL, ann, written),
    )
    assert codes([foreign, wrong, again]) == [
        "CONTENT_NOT_FOUND",
        "VERSION_CONFLICT",
        "ALREADY_APPEALED",
    ]
    assert isinstance(fact, records.VersionAppealed)
    (in_review,) = await contents.heard(fact)
    assert isinstance(in_review, records.VersionInReview)
    (decided,) = await contents.say(
        ask(InspectionAct.REVIEW, bea, written, judgement=NO, text="여전히 안 돼요")
    )
    assert isinstance((await contents.heard(decided))[0], records.VersionRefused)
    (once_more,) = await contents.say(ask(InspectionAct.APPEAL, ann, written))
    assert once_more.code == "ALREADY_APPEALED"


async def test_what_the_rules_accept_waits_for_the_model(contents: ContentRig) -> None:
    written = await contents.write(str(uuid4()))
    (asked,) = await contents.say(inspect(written, ACCEPT, asks_model=True))
    assert isinstance(asked, records.ModelAsked)
    assert await contents.heard(asked) == []
    assert await questions(contents, written) == [1]
    assert await contents.states(written.content_id) == {1: "inspecting"}
    (fact,) = await contents.say(
        ask(InspectionAct.MODEL, written.author_id, written, judgement=YES)
    )
    assert fact.judge == "model"
    assert await questions(contents, written) == []
    assert isinstance((await contents.heard(fact))[0], records.VersionPublished)


async def test_the_model_is_not_asked_about_what_the_rules_do_not_accept(
    contents: ContentRig,
) -> None:
    for judgement in (REFUSE, LOOK):
        written = await contents.write(str(uuid4()))
        (fact,) = await contents.say(inspect(written, judgement, asks_model=True))
        assert isinstance(fact, records.VerdictGiven)
        assert await questions(contents, written) == []


async def test_whoever_decides_first_decides(contents: ContentRig) -> None:
    ann, ops = str(uuid4()), str(uuid4())
    written = await contents.write(ann)
    await contents.say(inspect(written, ACCEPT, asks_model=True))
    (decided,) = await contents.say(
        ask(InspectionAct.REVIEW, ops, written, judgement=NO, text="안 돼요")
    )
    assert await questions(contents, written) == []
    (late,) = await contents.say(ask(InspectionAct.MODEL, ann, written, judgement=YES))
    assert isinstance(late, records.InspectionUnchanged)
    assert isinstance((await contents.heard(decided))[0], records.VersionRefused)


async def test_the_model_verdict_of_an_older_version_is_kept_and_publishes_nothing(
    contents: ContentRig,
) -> None:
    ann = str(uuid4())
    written = await contents.write(ann)
    await contents.say(inspect(written, ACCEPT, asks_model=True))
    edit = wish(ContentAct.EDIT, ann, written.content_id, version=1, body="둘째 글")
    (second,) = await contents.do(edit)
    await contents.say(inspect(second, ACCEPT, asks_model=True))
    assert await questions(contents, written) == [2]
    (kept,) = await contents.say(ask(InspectionAct.MODEL, ann, written, judgement=YES))
    assert isinstance(kept, records.VerdictGiven)
    assert await stage(contents, written) == "superseded"
    assert codes(await contents.heard(kept)) == ["ContentUnchanged"]


async def test_what_an_author_posts_again_and_again_is_for_a_person(contents: ContentRig) -> None:
    ann, gist = str(uuid4()), uuid4().hex[:12]
    said = Judgement(ContentVerdict.ACCEPTED, (), gist)
    posts = [await contents.write(ann) for _ in range(5)]
    first = await contents.say(*(inspect(each, said) for each in posts[:2]))
    third, fourth = await contents.say(*(inspect(each, said) for each in posts[2:4]))
    assert [each.verdict for each in first] == ["accepted"] * 2
    told = sorted([third, fourth], key=lambda each: each.verdict)
    assert [(each.verdict, each.reasons) for each in told] == [
        ("accepted", ()),
        ("review", ("repeat",)),
    ]
    other = await contents.write(str(uuid4()))
    (foreign,) = await contents.say(inspect(other, said))
    assert foreign.verdict == "accepted"
    await contents.database.fetch(
        "update inspections set asked_at = asked_at - interval '1 hour' where author_id = %s::uuid",
        (ann,),
    )
    (later,) = await contents.say(inspect(posts[4], said))
    assert later.verdict == "accepted"


async def test_nothing_that_is_written_names_who_is_erased(contents: ContentRig) -> None:
    ann = str(uuid4())
    written = await contents.write(ann)
    asked = inspect(written, ACCEPT)
    await contents.leave(ann)
    (fact,) = await contents.say(asked)
    assert (fact.account_id, fact.author_id) == ("", "")
    for table in ("inspections", "inspection_facts"):
        rows = await contents.database.fetch(
            f"select t::text from {table} t where content_id = %s::uuid",  # noqa: S608
            (written.content_id,),
        )
        assert rows
        assert not [row for (row,) in rows if ann in row]
