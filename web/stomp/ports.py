"""What every session of this process shares."""

from __future__ import annotations

from dataclasses import dataclass, field

from chatstream.ports.logins import Authenticator
from chatstream.ports.wishes import PromptWishSender
from chatstream.settings import LimitSettings
from web.edge.rates import MessageRates
from web.live.hub import Hub
from web.mutes import Muting
from web.reading import ReadMoves
from web.stomp.clock import Clock
from web.stomp.sockets import Sockets
from web.typing_signals import TypingSignals


@dataclass(frozen=True, slots=True)
class StompPorts:
    """The parts a session works with."""

    hub: Hub
    wishes: PromptWishSender
    authenticator: Authenticator
    rates: MessageRates
    reads: ReadMoves
    typing: TypingSignals
    limits: LimitSettings
    sockets: Sockets
    muting: Muting
    clock: Clock = field(default_factory=Clock)
