"""Posts as they were read, as they are shown."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from chatstream.domain.times import to_text
from chatstream.ports.contents import Content, OwnVersion, VersionOfContent
from chatstream.ports.inspections import Inspection
from web.contents import shapes
from web.contents.markdown import text_of
from web.contents.rendering import rendered
from web.shown_names import person_name

EXCERPT = 200
_READ = 1_000
"""So much of a body is read for an excerpt."""


async def content_view(content: Content) -> shapes.ContentView:
    """A post, with what its body becomes."""
    return shapes.ContentView(
        content_id=content.content_id,
        version=content.version,
        title=content.title,
        body=content.body,
        html=await rendered(content.body),
        tags=list(content.tags),
        author=person_view(content.user_id, content.user_name),
        published_at=_time(content.published_at),
        edited_at=_time(content.edited_at),
        likes=content.likes,
        views=content.views,
        liked=content.is_liked,
        mine=None if content.mine is None else _mine_view(content.mine),
    )


def summary_view(content: Content) -> shapes.SummaryView:
    """A post in a list."""
    return shapes.SummaryView(
        content_id=content.content_id,
        version=content.version,
        title=content.title,
        excerpt=excerpt_of(content.body[:_READ]),
        tags=list(content.tags),
        author=person_view(content.user_id, content.user_name),
        published_at=_time(content.published_at),
        edited_at=_time(content.edited_at),
        likes=content.likes,
        views=content.views,
        liked=content.is_liked,
    )


def hit_view(content: Content, title: str, body: str) -> shapes.PostHitView:
    """A found post as it is now, with its highlights."""
    summary = summary_view(content)
    told = {name: getattr(summary, name) for name in shapes.SummaryView.model_fields}
    return shapes.PostHitView(**told, title_highlight=title, highlight=body)


async def version_view(version: VersionOfContent) -> shapes.VersionView:
    """One version, with what its body becomes."""
    return shapes.VersionView(
        version=version.version,
        title=version.title,
        body=version.body,
        html=await rendered(version.body),
        tags=list(version.tags),
        state=version.state,
        reasons=list(version.reasons),
        note=version.note,
        appealed=version.is_appealed,
        written_at=to_text(version.written_at),
    )


async def inspection_view(inspection: Inspection) -> shapes.InspectionView:
    """A row of the operators' queue."""
    published = inspection.published
    return shapes.InspectionView(
        content_id=inspection.content_id,
        author=person_view(inspection.user_id, inspection.user_name),
        state=inspection.state,
        since=to_text(inspection.since),
        judge=inspection.judge,
        text=inspection.text,
        inspected=await version_view(inspection.inspected),
        published=None if published is None else await version_view(published),
    )


def person_view(user_id: str | None, name: str | None) -> shapes.PostAuthorView | None:
    """Somebody by handle and name; None once erased."""
    if user_id is None or name is None:
        return None
    return shapes.PostAuthorView(user_id=user_id, name=person_name(name, user_id))


@lru_cache(maxsize=2048)
def excerpt_of(beginning: str) -> str:
    """The first words of a text whose beginning this is."""
    return text_of(beginning, EXCERPT)


def _mine_view(version: OwnVersion) -> shapes.MineView:
    return shapes.MineView(
        version=version.version,
        state=version.state,
        reasons=list(version.reasons),
        note=version.note,
        appealed=version.is_appealed,
    )


def _time(at: datetime | None) -> str | None:
    return None if at is None else to_text(at)
