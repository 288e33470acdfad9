"""Erasure: the sagas of leaving for good, whose steps are the contexts'."""

from __future__ import annotations

from schemas.context import Context
from schemas.databases import AUTH
from schemas.paths import OperatorPage, Paths
from schemas.services import FRONT_AUTH, USER

CONTEXT = Context(
    name="erasure",
    service=USER,
    lineage=AUTH,
    paths=(Paths(FRONT_AUTH, ("/ops/sagas", "/ops/sagas/{sagaId}")),),
    operator_pages=(OperatorPage("/ops/sagas", "sagas.title"),),
)
