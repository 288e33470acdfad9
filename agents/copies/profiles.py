"""kakao.user.account.RESPONSE, read by whoever keeps a copy of the accounts in its databases."""

from __future__ import annotations

from collections.abc import Mapping

from agents.loop.batching import declare
from agents.loop.copy_sink import CopySink
from agents.loop.recall import Recall
from chatstream.ports.accounts import Profile
from chatstream.ports.copies import CopyStore
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from schemas.services import Service


def profile_of(record: object) -> Profile | None:
    """The account as a fact leaves it; None for what is no fact about one."""
    match record:
        case records.AccountCreated() | records.ProfileChanged():
            return Profile(record.account_id, record.fact_no, record.user_id, record.name)
        case records.AccountErased():
            return Profile(record.account_id, record.fact_no)
    return None


class ProfileSink(CopySink[Profile]):
    """Accounts, their new names and their ends."""

    stream = ACCOUNT
    lane = "profiles"
    row_of = staticmethod(profile_of)


def register(
    app: ChatStreamApp, service: Service, stores: Mapping[str, CopyStore[Profile]], recall: Recall
) -> None:
    """Declare the service's agent `profiles`; `stores` by database name, `recall` as BatchLoop."""
    name = f"{service.name}.profiles"
    declare(app, name, [ACCOUNT.response.name], ProfileSink(app, stores), recall=recall)
