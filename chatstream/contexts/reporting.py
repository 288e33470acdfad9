"""Reporting, wired: a service of its own, only where its database is among the settings."""

from __future__ import annotations

from functools import partial

from chatstream.wiring import Wiring, Worker
from schemas import databases
from schemas.contexts.reporting import CONTEXT, ERASURE
from schemas.services import REPORTING


def _reporting(worker: Worker) -> None:
    from agents.erasure import steps
    from agents.reporting import rows
    from agents.reporting.check import ReportingCheck
    from agents.reporting.watch import CaptureWatch
    from infra.connect.rest import ConnectRest
    from infra.faust.app import group_of
    from infra.kafka.offsets import KafkaOffsets
    from infra.postgres.capture import PostgresCaptured
    from infra.postgres.reporting import PostgresReporting
    from infra.postgres.reporting_differences import compare

    app, settings = worker.app, worker.settings
    store = PostgresReporting(worker.database(databases.REPORTING))
    rows.register(app, store)
    steps.register(app, ERASURE, steps.RowErasure(store.erase))
    captured = [worker.auth, *worker.databases.chat.values()]
    names = ["erased", *(each.name for each in captured)]
    compared = partial(compare, settings.postgres)
    app.run_beside(ReportingCheck(compared, names, settings.cdc.verify_interval))
    app.run_beside(
        CaptureWatch(
            [PostgresCaptured(each) for each in captured],
            ConnectRest(settings.cdc.connect_url),
            store,
            KafkaOffsets(settings.kafka),
            group=group_of(REPORTING.name),
            interval=settings.cdc.watch_interval,
        )
    )


WIRING = Wiring(context=CONTEXT, serve={REPORTING: _reporting})
