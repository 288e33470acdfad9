"""The overview of all there is, wired: a front's page over what it folds and whom it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.web import Application

from chatstream.wiring import Front, Heard, Parts, Wiring
from schemas.catalogue import SERVICES
from schemas.contexts.ops import CONTEXT, PROCESS

if TYPE_CHECKING:
    from web.process_board import ProcessBoard


def _front(front: Front) -> Parts:
    from web.process_board import BACK, ProcessBoard

    board = ProcessBoard(front.process.app.instance, front.lag)

    def routes(web_app: Application) -> None:
        _register(web_app, front, board)

    heard = Heard(topic=PROCESS.event, handler=board.on_record, since=BACK)
    return Parts(hears=(heard,), routes=routes)


def _register(web_app: Application, front: Front, board: ProcessBoard) -> None:
    from infra.elastic.client import connect
    from infra.elastic.pulse import ElasticPulse
    from infra.kafka.cluster import KafkaCluster
    from infra.postgres.answering import every_database
    from infra.postgres.erasure import PostgresSagas
    from web import overview
    from web.looks import Looks

    app, settings = front.process.app, front.process.settings
    client = connect(settings.elastic)
    app.after_stop.append(client.close)
    pulse = ElasticPulse(client, settings.elastic)
    databases, cluster = every_database(settings), KafkaCluster(settings.kafka)
    app.after_stop.append(cluster.close)
    app.after_stop.extend(each.close for each in databases.values())
    ports = overview.OverviewPorts(
        board=board,
        groups=front.groups,
        mutes=front.mutes,
        generations=front.generations,
        cluster=cluster,
        pulse=pulse,
        sagas=PostgresSagas(databases["auth"].database),
        servers={"Elasticsearch": pulse, **{f"postgres-{k}": v for k, v in databases.items()}},
        services=[
            service.name
            for service in SERVICES
            if not service.is_optional or service.name in settings.optional_services
        ],
        looks=Looks(app, settings.limits.wish_timeout),
        page=overview.page,
    )
    overview.register(web_app, ports)


WIRING = Wiring(context=CONTEXT, front=_front)
