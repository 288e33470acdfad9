"""The live counts, wired."""

from __future__ import annotations

from chatstream.domain.generations import Counting
from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas.contexts.stats import CONTEXT
from schemas.services import STATS


def _stats(worker: Worker) -> None:
    from chatstream.contexts import stats_worker

    stats_worker.serve(worker)


def _version(counting: Counting) -> int:
    from tables.stats import version_of

    return version_of(counting.generation.number)


def _front(front: Front) -> Parts:
    from chatstream.contexts import stats_front

    return stats_front.parts_of(front)


WIRING = Wiring(context=CONTEXT, serve={STATS: _stats}, front=_front, version=_version)
