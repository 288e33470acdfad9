"""What people change about themselves and their lists.

A new name is told to everybody who shares a room with its account, and to the account itself; a
change of one's friends or blocks to one's own subscriptions alone.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import get_args

from schemas.records import FriendFact, FriendResponse, ProfileChanged
from web.live.events import Body
from web.live.news import AccountNews, News
from web.shown_names import person_name


class NameChanged(Body, frozen=True, kw_only=True, tag="nameChanged"):
    """Somebody in a room of this account, or the account itself, is shown under a new name."""

    user_id: str
    user_name: str


class FriendsChanged(Body, frozen=True, kw_only=True, tag="friendsChanged"):
    """This account's friends or blocks have changed: read the lists again."""


def new_name(fact: ProfileChanged, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """The name, for the account and its acquaintances."""
    name = person_name(fact.name, fact.user_id)
    return ((fact.account_id, NameChanged(user_id=fact.user_id, user_name=name)),)


def own_lists(fact: FriendFact, here: Container[str]) -> Iterable[tuple[str, Body]]:
    """For the account whose list it is."""
    return ((fact.account_id, FriendsChanged()),)


NEWS = News(
    accounts=(
        AccountNews(
            ProfileChanged,
            NameChanged,
            new_name,
            fact_no=lambda fact: fact.fact_no,
            acquainted=True,
        ),
        *(
            AccountNews(kind, FriendsChanged, own_lists, fact_no=lambda fact: fact.fact_no)
            for kind in get_args(FriendResponse)
            if issubclass(kind, FriendFact)
        ),
    ),
)
