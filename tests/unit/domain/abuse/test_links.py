"""Addresses are found however they are written, and counted only where they should be."""

from __future__ import annotations

import pytest
from hypothesis import given

from chatstream.domain.abuse.links import Link, foreign, links_of, within
from chatstream.domain.abuse.normalising import normalise
from chatstream.domain.abuse.policy import Hosts
from chatstream.domain.addresses import addresses
from tests.texts import cases
from tests.unit.domain.abuse.writing import texts


def found(text: str) -> list[Link]:
    return links_of(text, normalise(text).written)


@pytest.mark.parametrize(
    "text",
    [
        "https://spam.com/a?b=c",
        "HTTP://SPAM.COM",
        "www.spam.com",
        "spam.com",
        "여기로 spam.com 오세요",
        "spam\u200b.com",
        "ｓｐａｍ．ｃｏｍ",
        "spam[.]com",
        "spam (dot) com",
        "spam dot com",
        "spam닷컴",
        "spam 닷 com",
        "sp\u0430m.com",
        "https://user@spam.com:8080/x",
        "https://spam.com을",
        "네이버(https://spam.com)는",
        "https://spam.com/a에서",
        "https://spam.com에서@minsu",
        "https://user@spam.com을",
        "여기spam.com으로",
        "여기www.spam.com으로",
    ],
)
def test_an_address_is_found(text: str) -> None:
    assert [link.host.removeprefix("www.") for link in found(text)] == ["spam.com"]


@pytest.mark.parametrize(
    "text",
    [
        "안녕하세요.반가워요",
        "me@spam.com",
        "v1.2.3",
        "3.14",
        "main.py",
        "Ok.Then we go",
        "a...b",
        "점심",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(("about", "text", "expected"), cases("links"))
def test_the_host_is_the_one_that_the_page_links(
    about: str, text: str, expected: list[str]
) -> None:
    hosts = {link.host for link in found(text)}
    linked = {each.host for each in addresses(text) if "." in each.host}
    assert {normalise(host).written for host in linked} <= hosts, (about, expected)


def test_what_leads_to_another_chat_does_so_before_a_particle() -> None:
    texts = (
        "https://open.kakao.com/o/abc로",
        "https://discord.gg을",
        "(https://discord.gg/a)로",
        "https://discord.gg\u202emoc.",
    )
    for text in texts:
        assert any(within(link, ("open.kakao.com/o", "discord.gg")) for link in found(text)), text


def test_every_address_counts() -> None:
    assert len(found("a.com b.net/x https://c.org")) == 3


def test_a_host_holds_its_subdomains_and_a_path_only_what_is_below() -> None:
    open_chat, other = found("https://open.kakao.com/o/abc https://notkakao.com/")
    assert within(open_chat, ("kakao.com",))
    assert within(open_chat, ("open.kakao.com/o",))
    assert not within(open_chat, ("kakao.com/talk", "kao.com"))
    assert not within(other, ("kakao.com",))


def test_a_host_is_compared_as_it_is_folded() -> None:
    assert within(found("https://line.me/ti/g/x")[0], ("LINE.me",))


def test_own_addresses_do_not_count() -> None:
    seen = found("https://chat.example/room/1 https://spam.com")
    assert [link.host for link in foreign(seen, Hosts(own=("chat.example",)))] == ["spam.com"]


@given(texts())
def test_a_host_is_never_empty_text_with_spaces(text: str) -> None:
    assert all(" " not in link.host + link.path for link in found(text))


def test_a_link_is_looked_up_and_not_compared_with_every_host() -> None:
    hosts = tuple(f"host{number}.example" for number in range(2000))
    assert within(found("https://a.b.host7.example/x")[0], hosts)
    assert not within(found("https://host7.example.com")[0], hosts)
    assert not within(found("https://" + "a." * 1900 + "example")[0], hosts)
