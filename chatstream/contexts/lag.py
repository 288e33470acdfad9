"""The lag monitor, wired: a process outside of the services that it watches, and its page."""

from __future__ import annotations

from functools import partial

from aiohttp.web import Application

from chatstream.wiring import Front, Heard, Parts, Wiring, Worker
from schemas.contexts.lag import CONTEXT, PROBE, SAMPLE
from schemas.services import LAG, LOG


def _monitor(worker: Worker) -> None:
    from agents.lag import samples
    from agents.lag.metrics import KAFKA_LAG
    from agents.lag.monitor import LagMonitor
    from agents.lag.probe import Probes
    from chatstream.domain.lag.states import Sampling
    from infra.kafka.groups import KafkaGroups
    from infra.kafka.lag_samples import KafkaSamples
    from infra.kafka.producer import send_all
    from infra.kafka.standing_reader import StandingReader

    app, kafka, lag = worker.app, worker.settings.kafka, worker.settings.lag
    app.producer_only = True
    KAFKA_LAG.cluster = lag.cluster
    put = partial(send_all, app)
    groups = KafkaGroups(kafka, lag.groups)
    app.after_stop.append(groups.close)
    probes = Probes(
        put, worker.settings.worker_name, partitions=kafka.partitions, interval=lag.interval
    )
    app.run_beside(StandingReader(kafka, PROBE.event.name, probes.on_record))
    app.run_beside(probes)
    app.run_beside(
        LagMonitor(
            groups,
            KafkaSamples(kafka, samples.told),
            put,
            Sampling(lag.window, lag.interval),
            partitions=kafka.partitions,
            probe=lambda: probes.slowest,
        )
    )


def _documents(worker: Worker) -> None:
    from agents import lag_documents
    from infra.elastic.client import connect
    from infra.elastic.sink import ElasticDocuments

    elastic = worker.settings.elastic
    client = connect(elastic)
    worker.app.after_stop.append(client.close)
    lag_documents.register(worker.app, ElasticDocuments(client, elastic))


def _front(front: Front) -> Parts:
    from web import lag
    from web.lag_board import BACK

    board = front.groups

    def routes(web_app: Application) -> None:
        lag.register(web_app, lag.LagPorts(board, lag.page))

    heard = Heard(topic=SAMPLE.event, handler=board.on_record, since=BACK)
    return Parts(hears=(heard,), routes=routes)


WIRING = Wiring(context=CONTEXT, serve={LAG: _monitor, LOG: _documents}, front=_front)
