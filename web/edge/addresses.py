"""Where a request comes from: the caller's address, and the origin of the page that sent it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from aiohttp import web

from chatstream.settings import WebSettings

UNKNOWN = "0.0.0.0"


def address_of(request: web.BaseRequest, trusted_proxies: Sequence[str]) -> str:
    """The caller's IP address; X-Real-IP is believed only from a trusted peer.

    `trusted_proxies` are addresses and networks (`10.0.0.0/8`). At a unix socket it is the gateway
    that calls.
    """
    if _is_local(request):
        return _address(request.headers.get("X-Real-IP", "")) or UNKNOWN
    peer = _address(_peer(request))
    if peer and _is_in(peer, tuple(trusted_proxies)):
        return _address(request.headers.get("X-Real-IP", "")) or peer
    return peer or UNKNOWN


@lru_cache(maxsize=1024)  # a gateway or two ask for every call
def _is_in(peer: str, networks: tuple[str, ...]) -> bool:
    address = ip_address(peer)
    return any(address in network for network in map(_network, networks))


def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)


def _is_local(request: web.BaseRequest) -> bool:
    """Whether it came by a unix socket, whose peers have no address but a text."""
    return isinstance(_peername(request), str | bytes)


def _peername(request: web.BaseRequest) -> object:
    return request.transport.get_extra_info("peername") if request.transport else None


def _peer(request: web.BaseRequest) -> str:
    name = _peername(request)
    return str(name[0]) if isinstance(name, tuple) and name else ""


def _address(text: str) -> str:
    try:
        # The zone of a link-local address says which card of ours it came by.
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


class Origins:
    """Which pages may act for a logged-in browser: ours, and those the settings list."""

    def __init__(self, settings: WebSettings) -> None:
        public = urlsplit(settings.public_url)
        self.scheme = public.scheme
        self.secure = public.scheme == "https"
        self.websocket = f"{'wss' if self.secure else 'ws'}://{public.netloc}"
        self._allowed = {f"{public.scheme}://{public.netloc}", *settings.allowed_origins}

    def listed(self, request: web.BaseRequest) -> bool:
        """True when Origin is the public address or in `allowed_origins`: for handshakes."""
        return request.headers.get("Origin", "") in self._allowed

    def same(self, request: web.BaseRequest) -> bool:
        """True when Origin is there and is the address the request was sent to, or is listed.

        A browser always sends Origin with a state-changing request, and lets no page choose Host.
        """
        origin = request.headers.get("Origin", "")
        return origin in self._allowed or origin == f"{self.scheme}://{request.host}"
