"""What a context is, as data: everything that the rest of the program must know of it."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.actions import Action
from schemas.databases import Lineage
from schemas.erasure import ErasureStep
from schemas.paths import OperatorPage, Paths
from schemas.room_settings import RoomSetting
from schemas.services import Service
from schemas.streams import Stream


@dataclass(frozen=True, kw_only=True)
class Context:
    """A context: its streams, the service that carries out its wishes, where its rows are.

    `lineage` None: it has no rows. `paths` are those of its calls and pages, `operator_pages` those
    that operators are led to; `actions` what the log keeps of its facts; `erasure` its part when an
    account is erased; `room_settings` what the owner of a room decides for it.
    """

    name: str
    service: Service
    streams: tuple[Stream, ...] = ()
    lineage: Lineage | None = None
    paths: tuple[Paths, ...] = ()
    operator_pages: tuple[OperatorPage, ...] = ()
    actions: tuple[Action, ...] = ()
    erasure: ErasureStep | None = None
    room_settings: tuple[RoomSetting, ...] = ()
