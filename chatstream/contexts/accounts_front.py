"""Signups, logins and one's own account, in the pool that owns sessions."""

from __future__ import annotations

from aiohttp.web import Application

from chatstream.wiring import Front
from infra.postgres.accounts import PostgresAccountReader
from infra.postgres.attempts import PostgresLoginAttempts
from infra.postgres.sessions import PostgresSessions
from infra.postgres.signups import PostgresSignups
from infra.security import keys
from infra.security.passwords import BcryptPasswords
from infra.security.seal import HpkeSealer
from infra.security.successors import HmacSuccessors
from infra.security.tokens import JwtIssuer
from web import erasure, own_account, signup
from web import logins as auth
from web.credentials import CredentialCheck
from web.edge.revocations import RevocationSweep, TopicRevocationNews
from web.login_ends import LoginEnds

ROUTES = (*signup.ROUTES, *auth.ROUTES, *own_account.ROUTES, *erasure.ROUTES)


def own(front: Front, web_app: Application) -> None:
    """Add the routes; ended logins are told of beside the app."""
    process, settings, wishes = front.process, front.process.settings, front.wishes
    database, folder = process.auth, settings.auth.keys_dir
    sessions = PostgresSessions(database, settings.auth.refresh_ttl)
    news = TopicRevocationNews(process.app, front.revocations)
    process.app.run_beside(RevocationSweep(sessions, news))
    ends = LoginEnds(sessions, news)
    accounts, passwords = PostgresAccountReader(database), BcryptPasswords(settings.auth)
    credentials = CredentialCheck(
        accounts, PostgresLoginAttempts(database, settings.limits), passwords
    )
    signups = signup.SignupPorts(
        wishes=wishes,
        accounts=accounts,
        credentials=credentials,
        passwords=passwords,
        sealer=HpkeSealer(keys.sealing_public_key(folder)),
        signups=PostgresSignups(database),
        copies=front.copies,
    )
    tokens = JwtIssuer(front.keys, settings.auth)
    successors = HmacSuccessors(folder, settings.auth.key_settle)
    logins = auth.LoginPorts(credentials, sessions, ends, tokens, successors)
    signup.register(web_app, settings.limits, signups)
    auth.register(web_app, settings.auth.access_ttl, logins)
    own = own_account.OwnAccountPorts(wishes, accounts, front.copies)
    own_account.register(web_app, settings.limits, own)
    erasure.register(web_app, erasure.ErasurePorts(wishes, credentials, sessions, ends))
