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
from web import auth, erasure, signup
from web.revocations import RevocationSweep, TopicRevocationNews

ROUTES = (*signup.ROUTES, *auth.ROUTES, *erasure.ROUTES)


def own(front: Front, web_app: Application) -> None:
    """Add the routes; ended logins are told of beside the app."""
    process, settings = front.process, front.process.settings
    database, folder = process.auth, settings.auth.keys_dir
    sessions = PostgresSessions(database, settings.auth.refresh_ttl)
    news = TopicRevocationNews(process.app, front.revocations)
    process.app.run_beside(RevocationSweep(sessions, news))
    ports = auth.AuthPorts(
        wishes=front.wishes,
        accounts=PostgresAccountReader(database),
        sessions=sessions,
        attempts=PostgresLoginAttempts(database, settings.limits),
        passwords=BcryptPasswords(settings.auth),
        tokens=JwtIssuer(front.keys, settings.auth),
        successors=HmacSuccessors(folder, settings.auth.key_settle),
        sealer=HpkeSealer(keys.sealing_public_key(folder)),
        news=news,
        signups=PostgresSignups(database),
        copies=front.copies,
    )
    signup.register(web_app, settings, ports)
    auth.register(web_app, settings, ports)
    erasure.register(web_app, ports)
