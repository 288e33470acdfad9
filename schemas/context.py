"""What a context is, as data: everything that the rest of the program must know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from schemas.actions import Action, step_report
from schemas.databases import Lineage
from schemas.erasure import ErasureStep
from schemas.paths import MemberPage, OperatorPage, Paths
from schemas.records.base import Record
from schemas.room_settings import RoomSetting
from schemas.services import Service
from schemas.streams import Stream


@dataclass(frozen=True, kw_only=True)
class Context:
    """A context: its streams, the service that carries out its wishes, where its rows are.

    `lineage` None: it has no rows. `paths` are those of its calls and pages, `operator_pages` those
    that operators are led to, `member_pages` those in everybody's own menu; `actions` what the log
    keeps of its records, `unkept` those of its RESPONSE topics that it does not keep, each with the
    reason; `erasure` its part when an account is erased; `room_settings` what the owner of a room
    decides for it.
    """

    name: str
    service: Service
    streams: tuple[Stream, ...] = ()
    lineage: Lineage | None = None
    paths: tuple[Paths, ...] = ()
    operator_pages: tuple[OperatorPage, ...] = ()
    member_pages: tuple[MemberPage, ...] = ()
    actions: tuple[Action, ...] = ()
    unkept: Mapping[type[Record], str] = field(default_factory=dict)
    erasure: ErasureStep | None = None
    room_settings: tuple[RoomSetting, ...] = ()

    @property
    def kept(self) -> tuple[Action, ...]:
        """Its actions and the reports of its step, each with the service that carries it out."""
        steps = () if self.erasure is None else (step_report(self.erasure.report),)
        return tuple(
            replace(each, service=each.service or self.service.name)
            for each in (*self.actions, *steps)
        )
