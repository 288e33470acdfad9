"""Accounts: signups, names, logins that end, and leaving for good."""

from __future__ import annotations

from schemas import records
from schemas.actions import IAM, action, refusal
from schemas.actions import SESSION as LOGIN
from schemas.context import Context
from schemas.databases import AUTH
from schemas.paths import Paths
from schemas.services import FRONT, FRONT_AUTH, USER
from schemas.streams import DAY, Key, Kind, stream

# A signup carries a sealed hash: nothing of it is kept longer than a worker may be away.
ACCOUNT = stream(
    "kakao.user.account",
    Key.ACCOUNT,
    request=records.AccountRequest,
    response=records.AccountResponse,
    retention={Kind.REQUEST: DAY},
)
SESSION = stream(
    "kakao.user.session", Key.ACCOUNT, response=records.SessionResponse, dlq=ACCOUNT.dlq
)

CONTEXT = Context(
    name="accounts",
    streams=(ACCOUNT, SESSION),
    service=USER,
    lineage=AUTH,
    paths=(
        Paths(
            FRONT_AUTH,
            (
                "/user",
                "/user/login",
                "/user/logout",
                "/user/me",
                "/user/refresh",
            ),
            drops_slash=True,
        ),
        Paths(FRONT_AUTH, ("/.well-known/jwks.json",)),
        Paths(FRONT, ("/login",)),
    ),
    actions=(
        action(records.AccountCreated, IAM, ("user", "creation"), at="created_at"),
        action(records.ProfileChanged, IAM, ("user", "change")),
        action(records.AccountErased, IAM, ("user", "deletion"), "saga_id"),
        refusal(records.AccountRefused, IAM),
        action(
            records.SessionRevoked,
            LOGIN,
            ("end",),
            at="revoked_at",
            known_by=lambda record: (record.sid,),
            service=FRONT_AUTH.name,
        ),
    ),
    unkept={records.ProfileUnchanged: "it changed nothing"},
)
