"""The signed proof of a campaign that is over, over HTTP."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from chatstream.ports.coupon_audits import SignedAudit
from infra.security import keys, statements
from infra.security.keyring import KeyRing
from tests.fakes.coupon_reading import CAMPAIGN_ID
from tests.unit.web.conftest import MakeEdge
from tests.unit.web.coupon_rig import AUDIT, PROOF, Rig
from tests.unit.web.edge import fault_of

ONE = f"/coupon/campaigns/{CAMPAIGN_ID}/audit"


@pytest.fixture
async def rig(make_edge: MakeEdge) -> Rig:
    return await Rig().start(make_edge)


async def test_everybody_reads_what_was_signed_and_no_more(rig: Rig) -> None:
    rig.audits.audits[CAMPAIGN_ID] = AUDIT
    response = await rig.call("GET", ONE)
    assert (response.status, await response.json()) == (200, PROOF)


async def test_the_answer_is_checked_as_it_stands(rig: Rig, tmp_path: Path) -> None:
    keys.ensure_keys(tmp_path)
    told = {name: PROOF[name] for name in ("campaignId", "claims", "issued", "digest")}
    signed = statements.sign(told, KeyRing(tmp_path).signer())
    rig.audits.audits[CAMPAIGN_ID] = SignedAudit(
        campaign_id=CAMPAIGN_ID,
        claims=9,
        issued=3,
        digest=signed["digest"],
        kid=signed["kid"],
        signature=signed["signature"],
    )
    answer = await (await rig.call("GET", ONE)).json()
    known = keys.verifying_keys(tmp_path)
    assert statements.is_signed(answer, known)
    for name, other in (("claims", 10), ("issued", 2), ("campaignId", str(uuid4()))):
        assert not statements.is_signed(answer | {name: other}, known)


async def test_before_it_is_over_and_audited_there_is_none(rig: Rig) -> None:
    assert (await fault_of(await rig.call("GET", ONE)))[:2] == (409, "NOT_CLOSED")


@pytest.mark.parametrize("campaign_id", [str(uuid4()), "none"])
async def test_of_an_unknown_campaign_there_is_none(rig: Rig, campaign_id: str) -> None:
    response = await rig.call("GET", f"/coupon/campaigns/{campaign_id}/audit")
    assert (await fault_of(response))[:2] == (404, "CAMPAIGN_NOT_FOUND")
