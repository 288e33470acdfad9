"""Subscriptions and feeds, wired into the content service, with the copies that they go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstream.wiring import Process, Worker
from schemas import databases, services
from schemas.contexts.contents import CONTENT, SUBSCRIPTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contents.feeds import FeedPushes
    from chatstream.ports.copies import CopyReader
    from chatstream.ports.post_copies import PostCopy
    from chatstream.settings_groups import FeedSettings
    from infra.postgres.fan_out import PushBounds
    from infra.postgres.pool import Database


def serve(worker: Worker) -> FeedPushes:
    """Its part in a worker of `content`; what is to be told of posts that wait for their push."""
    from agents.contents import feeds, subscriptions
    from agents.copies import blocks, profiles
    from infra.postgres.author_subscriptions import PostgresSubscriptions
    from infra.postgres.blocks import PostgresBlocks
    from infra.postgres.fan_out import PostgresFanOut
    from infra.postgres.popular import PostgresPopular
    from infra.postgres.profiles import PostgresProfiles

    app, database = worker.app, worker.database(databases.CONTENT)
    bounds = _bounds(worker.settings.feed)
    pushes = feeds.register(app, PostgresFanOut(database, bounds), PostgresPopular(database))
    store = PostgresSubscriptions(database, worker.line(SUBSCRIPTION, database))
    subscriptions.register(app, store, pushes.subscribers_wait)
    accounts = {database.name: PostgresProfiles(database)}
    profiles.register(app, services.CONTENT, accounts, worker.recall)
    blocked = {database.name: PostgresBlocks(database)}
    blocks.register(app, services.CONTENT, blocked, worker.recall)
    _hot_posts(worker, database)
    return pushes


def _hot_posts(worker: Worker, database: Database) -> None:
    """The posts as everybody sees them, for fronts that ask."""
    from agents.contents import hot_posts
    from infra.postgres.facts import PostgresFacts
    from infra.postgres.post_holders import PostgresPostHolders
    from tables import posts as tables
    from web.counts.peers import owner_of
    from web.hot_posts.holding import HeldPosts

    app, topic = worker.app, CONTENT.response.name
    posts = tables.declare(app)
    facts = PostgresFacts({}, {}, {databases.CONTENT: database})
    holders = PostgresPostHolders(database, topic)
    proving = hot_posts.register(app, posts, facts, holders, _copy(worker))
    held = HeldPosts(
        posts,
        proving,
        worker.settings.kafka.partitions,
        lambda partition: owner_of(app, posts.table, partition),
        lambda: app.http_client,
    )
    app.on_web(held.register)


def _copy(worker: Worker) -> PostCopy | None:
    """Where the table of posts is copied to, if a setting names a server."""
    url = worker.settings.feed.redis_url.get_secret_value()
    if not url:
        return None
    from infra.redis.client import RedisServer
    from infra.redis.post_copy import RedisPostCopy

    server = RedisServer(url, within=2.0)
    worker.app.after_stop.append(server.close)
    return RedisPostCopy(server)


def copies(process: Process) -> Mapping[str, CopyReader]:
    """Who blocks whom is copied: a block is answered when feeds go by it."""
    from infra.postgres.copies import PostgresBlockCopies

    database = process.database(databases.CONTENT)
    return {database.name: PostgresBlockCopies(database)}


def _bounds(settings: FeedSettings) -> PushBounds:
    from infra.postgres.fan_out import PushBounds

    return PushBounds(settings.push_limit, settings.push_batch, settings.filled)
