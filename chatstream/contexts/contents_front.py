"""What people publish, in a front: the calls, what it hears, and what open pages are told."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.wiring import Front, Parts
from infra.elastic.client import connect
from infra.elastic.content_search import ElasticContentSearch
from infra.postgres.content_people import PostgresAuthors
from infra.postgres.content_reader import PostgresContentReader
from infra.postgres.feed_reader import PostgresFeeds
from infra.postgres.held_contents import HeldContents
from infra.postgres.inspection_reader import PostgresInspectionReader
from schemas import databases
from schemas.contexts.contents import CONTENT, INSPECTION, SUBSCRIPTION
from web.contents import lists, pages, posts, reactions, reviews, searching, subscriptions
from web.contents.viewing import Viewing
from web.edge.limits import PerMinute
from web.hot_posts.asking import AskedPosts


def parts(front: Front) -> Parts:
    """What posts give a front."""
    settings, wishes = front.process.settings, front.wishes
    limits = settings.limits
    database = front.process.database(databases.CONTENT)
    contents, authors = PostgresContentReader(database), PostgresAuthors(database)
    feeds, changes = PostgresFeeds(database, contents), PerMinute(limits.reactions_per_account)
    held = HeldContents(database, contents, hot := _hot(front))

    def routes(web_app: Application) -> None:
        lists.register(web_app, lists.ListPorts(held, feeds, authors))
        subscriptions.register(
            web_app, subscriptions.SubscriptionPorts(wishes, feeds, authors, changes)
        )
        posts.register(
            web_app,
            posts.PostPorts(
                wishes=wishes,
                contents=held,
                viewing=Viewing(wishes),
                writes=PerMinute(limits.posts_per_account),
                previews=PerMinute(limits.previews_per_account),
                page=pages.content,
                settle=hot.settle,
            ),
        )
        reactions.register(web_app, reactions.ReactionPorts(wishes, contents, changes))
        _search(front, web_app, contents, authors)
        inspections = PostgresInspectionReader(database)
        reviews.register(web_app, reviews.ReviewPorts(wishes, inspections, pages.operators))
        pages.register(web_app)

    return Parts(
        hears=(
            front.answers(CONTENT, front.hub.tell),
            front.answers(INSPECTION),
            front.answers(SUBSCRIPTION),
        ),
        routes=routes,
    )


def _hot(front: Front) -> AskedPosts:
    """The posts that workers hold."""
    settings, app = front.process.settings, front.process.app
    return AskedPosts(settings.feed.workers, lambda: app.http_client, settings.kafka.partitions)


def _search(
    front: Front,
    web_app: Application,
    contents: PostgresContentReader,
    authors: PostgresAuthors,
) -> None:
    """The search in what is published."""
    settings = front.process.settings
    client = connect(settings.elastic)
    front.process.app.after_stop.append(client.close)
    search = ElasticContentSearch(client, settings.elastic)
    searches = PerMinute(settings.limits.post_searches_per_account)
    searching.register(web_app, searching.PostSearchPorts(search, contents, authors, searches))
