"""Addresses in a message, also those written so that a program should not see them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from chatstream.domain.abuse.normalising import normalise
from chatstream.domain.abuse.policy import Hosts
from chatstream.domain.addresses import address_at, addresses

# Only names that nobody ends a sentence with; others count with a scheme, `www.` or a path.
_SURE = "com|net|org|kr|io|gg|jp|cn|ru|xyz|top|shop|site|online|club|info|biz|link|app|dev"
_SURE_FOLDED = _SURE.replace("l", "i")
_DAT, _POINT = normalise("닷").written, normalise("점").written
_HINT = re.compile(rf"\.|dot|{_DAT}")
_DOT = re.compile(
    rf" {{0,3}}[\[({{] {{0,3}}(?:\.|dot|{_POINT}|{_DAT}) {{0,3}}[\])}}] {{0,3}}"
    rf"|(?<=[a-z0-9]) {{1,3}}dot {{1,3}}(?=[a-z])|(?<=[a-z0-9]) {{0,3}}{_DAT} {{0,3}}(?=[a-z])"
)
_DOT_COM = re.compile(rf"(?<=[a-z0-9]) ?{normalise('닷컴').written}")
_NAME = r"[a-z0-9-]++(?:\.[a-z0-9-]++)++"
# A name may begin right behind a Korean letter; where one ends says `chatstream.domain.addresses`.
_LINK = re.compile(
    rf"(?:https?://|(?<![a-z0-9_.@-])www\.)(?P<host>[^\s/?#]+)(?P<path>/[!-~]*)?"
    rf"|(?<![a-z0-9_.@-])(?P<name>{_NAME})(?P<rest>/[!-~]*)?"
)
_ENDS_SURELY = re.compile(rf"\.(?:{_SURE_FOLDED})$")
_LETTERS_LAST = re.compile(r"\.[a-z]{2,}$")


@dataclass(frozen=True, slots=True)
class Link:
    """An address, folded as by `normalise`: host in small letters, path with its slash or empty."""

    host: str
    path: str


def links_of(text: str, written: str) -> list[Link]:
    """The addresses in a message, given as it was typed and as `Normal.written`.

    Those that the page links, and those that are hidden from a program.
    """
    found = links(written)
    hosts = {link.host for link in found}
    for address in addresses(text):
        host = normalise(address.host).written
        if host not in hosts and "." in host:
            found.append(Link(host, normalise(address.path).written))
    return found


def links(written: str) -> list[Link]:
    """The addresses in a message, given as `Normal.written`; mail addresses are none."""
    if _HINT.search(written) is None:
        return []
    plain = _DOT.sub(".", _DOT_COM.sub(".com", written))
    found = []
    for match in _LINK.finditer(plain):
        if host := match["host"]:
            found.append(_link(plain, match.start("host")) or _hidden(host, match["path"] or ""))
        elif _ENDS_SURELY.search(match["name"]) or (
            match["rest"] and _LETTERS_LAST.search(match["name"])
        ):
            found.append(Link(match["name"], match["rest"] or ""))
    return found


def _link(plain: str, at: int) -> Link | None:
    """The address as a reader sees it; None where a reader and a browser could see two."""
    address = address_at(plain, at, at)
    if address is None:
        return None
    return Link(address.host, address.path if address.path.startswith("/") else "")


def _hidden(authority: str, path: str) -> Link:
    """What a browser may make of an address that is none to a reader: that counts as well."""
    host = authority.rpartition("@")[2]
    seen = address_at(host, 0, 0)
    return Link(host.partition(":")[0] if seen is None else seen.host, path)


def within(link: Link, hosts: tuple[str, ...]) -> bool:
    """Whether the link leads to one of the hosts, to a subdomain, or below their path.

    However many hosts are listed, and however many dots the link has.
    """
    paths, longest = _places(hosts)
    host, dot = link.host, len(link.host)
    if any(link.path.startswith(path) for path in paths.get(host, ())):
        return True
    while (dot := host.rfind(".", 0, dot)) >= 0 and len(host) - dot - 1 <= longest:
        if any(link.path.startswith(path) for path in paths.get(host[dot + 1 :], ())):
            return True
    return False


@lru_cache(64)
def _places(hosts: tuple[str, ...]) -> tuple[dict[str, list[str]], int]:
    """How the paths below each host begin, empty for all; and the length of the longest host."""
    paths: dict[str, list[str]] = {}
    for each in hosts:
        host, slash, path = normalise(each).written.partition("/")
        paths.setdefault(host, []).append(slash + path)
    return paths, max(map(len, paths), default=0)


def foreign(found: list[Link], hosts: Hosts) -> list[Link]:
    """Those that count: all but our own."""
    return [link for link in found if not within(link, hosts.own)]
