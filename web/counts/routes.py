"""All routes of a stats worker, and who answers behind them."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.ports.counting import Tokenizer
from infra.faust.app import ChatStreamApp
from tables.stats import StatsTables
from web.counts import dumps, series_http, watched_http, words_http
from web.counts.room_words import RoomGather
from web.counts.series import LocalSeries, SeriesGather, series_peers
from web.counts.watched_http import WatchedSeries, Words
from web.counts.words import LocalWords, WordsGather


class StatsWeb:
    """What a stats worker answers from its tables and those of its peers."""

    def __init__(
        self, app: ChatStreamApp, tables: StatsTables, tokenizer: Tokenizer, watched: Words
    ) -> None:
        settings = app.chatstream
        bounds = (settings.kafka.partitions, settings.stats.gather_timeout)
        self._tables = tables
        self._tokenizer = tokenizer
        self._local = LocalWords(tables.words, tables.windows)
        peers = words_http.peers_of(app, self._local, lambda: app.http_client)
        self._gather = WordsGather(peers, *bounds)
        self._rooms = RoomGather(tables.room_words, lambda: app.http_client, *bounds)
        series = {"chatAdd": tables.chat_added, "userAdd": tables.user_added}
        self._local_series = LocalSeries(series, tables.watched)
        of_series = series_peers(app, self._local_series, lambda: app.http_client)
        self._series_gather = SeriesGather(of_series, *bounds)
        self.watched = WatchedSeries(self._gather, self._series_gather, watched)

    def register(self, web_app: Application) -> None:
        """Add the routes."""
        words_http.register(web_app, self._local, self._gather, self._rooms, self._tokenizer)
        watched_http.register(web_app, self.watched, self._tokenizer)
        series_http.register(web_app, self._local_series, self._series_gather)
        dumps.register(web_app, self._tables)
