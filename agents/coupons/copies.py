"""What the coupon service copies of the accounts: how old they are, and who is muted."""

from __future__ import annotations

from agents.copies.mutes import MuteSink
from agents.loop.batching import declare
from agents.loop.copy_sink import CopySink
from agents.loop.recall import Recall
from chatstream.domain.times import from_text
from chatstream.ports.copies import CopyStore
from chatstream.ports.coupons import KnownAccount
from chatstream.ports.sanctions import Mute
from infra.faust.app import ChatStreamApp
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from schemas.contexts.conduct import SANCTION

_DATABASE = "coupon"


def account_of(record: object) -> KnownAccount | None:
    """The account as a fact leaves it; None for what says nothing of its age."""
    match record:
        case records.AccountCreated():
            created_at = from_text(record.created_at)
            return KnownAccount(record.account_id, record.fact_no, created_at)
        case records.AccountErased():
            return KnownAccount(record.account_id, record.fact_no)
    return None


class AgeSink(CopySink[KnownAccount]):
    """Accounts and their ends."""

    stream = ACCOUNT
    lane = "accounts"
    row_of = staticmethod(account_of)


def register(
    app: ChatStreamApp, accounts: CopyStore[KnownAccount], mutes: CopyStore[Mute], recall: Recall
) -> None:
    """Declare the agents `coupon.accounts` and `coupon.mutes`; `recall` as for BatchLoop."""
    sink = AgeSink(app, {_DATABASE: accounts})
    declare(app, "coupon.accounts", [ACCOUNT.response.name], sink, recall=recall)
    muted = MuteSink(app, {_DATABASE: mutes})
    declare(app, "coupon.mutes", [SANCTION.response.name], muted, recall=recall)
