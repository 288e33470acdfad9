"""What people publish, in a front: the calls, what it hears, and what open pages are told."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.ports.hot_posts import HotPosts
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
    held = HeldContents(database, contents, hot := _hot_posts(front))

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


def _hot_posts(front: Front) -> HotPosts:
    """Who is asked for a post: the server that a setting names, or the workers."""
    settings, app = front.process.settings, front.process.app
    url = settings.feed.redis_url.get_secret_value()
    if not url:
        return AskedPosts(settings.feed.workers, lambda: app.http_client, settings.kafka.partitions)
    # The library is loaded only where it is used.
    from infra.redis.client import RedisServer
    from infra.redis.hot_posts import RedisHotPosts

    server = RedisServer(url, within=0.2)
    app.after_stop.append(server.close)
    return RedisHotPosts(server, settings.kafka.partitions)


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
