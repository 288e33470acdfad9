"""Conduct: what accounts do over all rooms, the policy that judges it, and sanctions."""

from __future__ import annotations

from schemas import records
from schemas.actions import IAM, action, refusal, rule
from schemas.context import Context
from schemas.databases import AUTH
from schemas.paths import OperatorPage, Paths
from schemas.services import FRONT_AUTH, USER
from schemas.streams import DAY, Key, Kind, dead_letters, stream

CONDUCT = stream(
    "kakao.user.conduct",
    Key.ACCOUNT,
    event=records.ConductEvent,
    dlq=dead_letters("kakao.user.conduct"),
)
# RESPONSE as long as the longest mute: fronts read it from its beginning.
SANCTION = stream(
    "kakao.user.sanction",
    Key.ACCOUNT,
    request=records.SanctionRequest,
    response=records.SanctionResponse,
    retention={Kind.RESPONSE: 31 * DAY},
)
POLICY = stream(
    "kakao.chat.policy", Key.POLICY, event=records.PolicyEvent, retention={Kind.EVENT: None}
)

CONTEXT = Context(
    name="conduct",
    streams=(CONDUCT, SANCTION, POLICY),
    service=USER,
    lineage=AUTH,
    paths=(Paths(FRONT_AUTH, ("/ops/sanctions", "/ops/sanctions/{sanctionId}")),),
    operator_pages=(OperatorPage("/ops/sanctions", "sanctions.title"),),
    actions=(
        action(
            records.SanctionImposed,
            IAM,
            ("user", "change"),
            "room_id",
            target_id="account_id",
            reason=rule,
        ),
        action(
            records.SanctionLifted,
            IAM,
            ("user", "change"),
            "room_id",
            account_id="lifted_by",
            target_id="account_id",
            reason=rule,
        ),
        refusal(records.SanctionRefused, IAM),
    ),
)
