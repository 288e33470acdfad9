"""The live counts in a front: asked of the stats workers, with the list of watched words."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, whole
from infra.kafka.producer import send_all
from infra.kafka.single_partition import outgoing
from schemas.contexts.stats import WATCHED
from schemas.records import WatchedEvent
from tables.followed.watched import Watched
from web import series, stats, stats_live
from web import watched as watched_words
from web.stats_live import LiveStats
from web.stats_relay import StatsRelay


def parts_of(front: Front) -> Parts:
    """Those of the context."""
    app, settings = front.process.app, front.process.settings
    watched, generations = Watched(), front.generations

    async def publish(event: WatchedEvent) -> None:
        await send_all(app, [outgoing(WATCHED.event, event, settings.kafka.partitions)])

    def routes(web_app: Application) -> None:
        relay = StatsRelay(settings.stats, lambda: app.http_client, lambda: generations.now.builder)
        stats.register(web_app, relay, front.rooms)
        known = watched, publish, front.is_current, settings.limits.wish_timeout
        ports = watched_words.WatchedPorts(relay, *known)
        watched_words.register(web_app, ports, series.register(web_app, relay))
        most = settings.limits.sockets_per_account
        stats_live.register(web_app, LiveStats(relay.ask, front.has_ended, most))

    return Parts(hears=(whole(watched.followed), whole(generations.followed)), routes=routes)
