"""Accounts and logins, wired."""

from __future__ import annotations

from functools import partial

from aiohttp.web import Application

from chatstream.wiring import Front, Parts, Wiring, Worker, whole
from schemas.catalogue import erasure_steps
from schemas.contexts.accounts import ACCOUNT, CONTEXT
from schemas.services import CHAT, USER


def _user(worker: Worker) -> None:
    from agents import accounts
    from infra.postgres.accounts import PostgresAccounts
    from infra.postgres.erasure import PostgresErasure
    from infra.security import keys
    from infra.security.handles import HmacHandleKey
    from infra.security.seal import HpkeOpener

    database, folder = worker.auth, worker.settings.auth.keys_dir
    written = database, worker.line(ACCOUNT, database), HmacHandleKey(folder)
    opener = HpkeOpener(keys.sealing_key(folder))
    steps = erasure_steps(worker.settings.optional_services)
    erasures = PostgresErasure(*written, steps)
    accounts.register(worker.app, PostgresAccounts(*written), erasures, opener)


def _chat(worker: Worker) -> None:
    """The chat databases have copies of the accounts."""
    from agents.copies import profiles
    from infra.postgres.profiles import PostgresProfiles

    profiles.register(worker.app, CHAT, worker.in_each(PostgresProfiles), worker.recall)


def _front(front: Front) -> Parts:
    from chatstream.contexts import accounts_front
    from infra.security import keys
    from web import logins

    def routes(web_app: Application) -> None:
        logins.register_keys(web_app, lambda: keys.jwks(front.keys.verifying()))

    return Parts(
        hears=(
            front.answers(ACCOUNT, front.hub.tell),
            whole(front.revocations.followed, by_all=True),
        ),
        routes=routes,
        own=partial(accounts_front.own, front),
        elsewhere=accounts_front.ROUTES,
    )


WIRING = Wiring(context=CONTEXT, serve={USER: _user, CHAT: _chat}, front=_front)
