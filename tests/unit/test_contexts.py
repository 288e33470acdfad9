"""A context is its data: what the rest of the program makes of one that it has never seen."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from graphlib import CycleError
from pathlib import Path

import pytest

from schemas import records
from schemas.catalogue import CONTEXTS, ERASURE
from schemas.erasure import ErasureStep, in_order

# As `schemas/contexts/vouchers.py` would be, and the line in the catalogue.
VOUCHERS = '''
from schemas import records
from schemas.actions import IAM, action
from schemas.context import Context
from schemas.databases import Lineage
from schemas.erasure import ErasureStep
from schemas.paths import MemberPage, OperatorPage, Paths
from schemas.records.base import FactRecord, Plain, RequestRecord
from schemas.services import FRONT_AUTH, Service
from schemas.streams import stream


class IssueVoucher(RequestRecord, frozen=True, kw_only=True, tag="issueVoucher"):
    """A wish."""


class VoucherIssued(FactRecord, frozen=True, kw_only=True, tag="voucherIssued"):
    """A fact."""

    voucher_id: Plain
    at: str


class EraseInVouchers(records.EraseStep, frozen=True, kw_only=True, tag="eraseInVouchers"):
    """A wish of the saga."""


class ErasedInVouchers(records.StepReported, frozen=True, kw_only=True, tag="erasedInVouchers"):
    """Its report."""


VOUCHER = stream("kakao.voucher.voucher", "voucherId", request=IssueVoucher, response=VoucherIssued)
RUSH = Service("front-voucher", is_apart=True)
ERASURE = ErasureStep("vouchers", EraseInVouchers, ErasedInVouchers)
CONTEXT = Context(
    name="vouchers",
    streams=(VOUCHER, ERASURE.stream),
    service=Service("vouchers"),
    lineage=Lineage("vouchers"),
    paths=(
        Paths(FRONT_AUTH, ("/vouchers", "/vouchers/{voucherId}", "/ops/vouchers")),
        Paths(RUSH, ("/voucher/{voucherId}",)),
    ),
    member_pages=(MemberPage("/vouchers", "vouchers.mine"),),
    operator_pages=(OperatorPage("/ops/vouchers", "vouchers.title"),),
    actions=(action(VoucherIssued, IAM, ("user", "change")),),
    erasure=ERASURE,
)
'''

# Runs in a process of its own: what follows from the catalogue is made once, at import.
SEEN = """
import json, sys, types
from importlib.util import find_spec
from pathlib import Path

module = types.ModuleType("schemas.contexts.vouchers")
exec(sys.argv[1], module.__dict__)
catalogue = types.ModuleType("schemas.catalogue")
catalogue.vouchers = module
source = find_spec("schemas.catalogue").loader.get_source("schemas.catalogue")
line = "    fronts.CONTEXT,\\n"
assert line in source
exec(source.replace(line, line + "    vouchers.CONTEXT,\\n"), catalogue.__dict__)
sys.modules["schemas.catalogue"] = catalogue

from agents.erasure.steps import PARTS
from agents.log_documents import SOURCES, Documents
from chatstream.domain.event_documents import Origin
from chatstream.commands.cli import worker
from chatstream.commands.stack import run
from infra.embedded.postgres import SERVERS
from infra.embedded.services import workers
from infra.nginx.render import GatewayConfig, render
from infra.nginx.routes import ROUTES
from schemas import codec, records, topic_table
from schemas.visibility import unclassified

pools = [("127.0.0.1:1",), ("127.0.0.1:2",)]
others = {"front-voucher": ("127.0.0.1:3",)}
folders = [Path("/run"), Path("/log")]
fact = records.encode(module.VoucherIssued(request_id="q", account_id="a", fact_no=5,
    voucher_id="v", at="2026-11-21T12:00:00.000Z"))
origin = Origin(topic=module.VOUCHER.response.name, partition=3)
(document,) = Documents(None).of(origin, fact, 0)
print(json.dumps({
    "workers": [each.name for each in workers({"vouchers": 2})],
    "options": [name for each in run.params for name in each.opts],
    "choices": list(worker.params[0].type.choices),
    "servers": SERVERS,
    "steps": list(catalogue.ERASURE_STEPS),
    "asked": PARTS["vouchers"].request.name,
    "sources": [source.name for source in SOURCES],
    "event": document.body["event"],
    "routes": list(ROUTES),
    "led": [page.path for page in catalogue.OPERATOR_PAGES],
    "mine": [page.path for page in catalogue.MEMBER_PAGES],
    "nginx": render(GatewayConfig(80, *pools, *folders, others=others)),
    "topics": topic_table.text(),
    "undecided": list(unclassified(module.VoucherIssued)),
}))
"""


def test_a_context_needs_its_module_and_a_line_in_the_catalogue() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SEEN, VOUCHERS],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["workers"][-2:] == ["vouchers-1", "vouchers-2"]
    assert "front-voucher-1" in seen["workers"]
    assert {"--vouchers", "--front-voucher"} <= {*seen["options"]}
    assert seen["choices"][-1] == "vouchers"
    assert seen["servers"]["postgres-vouchers"] == "vouchers"
    steps = [
        "account",
        "friend",
        "coupon",
        "content",
        "vouchers",
        "chat",
        "notices",
        "stats",
        "log",
    ]
    assert seen["steps"] == steps
    assert seen["asked"] == "kakao.vouchers.erasure.REQUEST"
    assert "kakao.voucher.voucher.RESPONSE" in seen["sources"]
    assert (seen["event"]["action"], seen["event"]["type"]) == ("voucherIssued", ["user", "change"])
    assert "/vouchers/{voucherId}" in seen["routes"]
    assert "/ops/vouchers" in seen["led"]
    assert "/vouchers" in seen["mine"]
    assert seen["undecided"] == []
    led = dict.fromkeys(("= /vouchers", "^~ /vouchers/"), "front_auth")
    for place, pool in (led | {"^~ /voucher/": "front_voucher"}).items():
        assert f"location {place} {{\n            proxy_pass http://{pool};" in seen["nginx"]
    assert "| vouchers, vouchers | `kakao.voucher.voucher.DLQ` |" in seen["topics"]


def test_operators_are_led_to_every_page_of_theirs_and_to_nothing_that_is_none() -> None:
    templates = {
        each for context in CONTEXTS for paths in context.paths for each in paths.templates
    }
    led = {page.path.partition("#")[0] for context in CONTEXTS for page in context.operator_pages}
    assert led <= templates
    assert {page.path for context in CONTEXTS for page in context.member_pages} <= templates
    calls = {each for each in templates if any(each.startswith(f"{page}/") for page in led)}
    assert led >= {each for each in templates - calls if each.startswith("/ops/")}


def test_the_topics_of_a_step_are_among_those_of_its_context() -> None:
    for context in CONTEXTS:
        assert context.erasure is None or context.erasure.stream in context.streams


def test_a_step_comes_behind_those_it_names_wherever_it_is_told() -> None:
    late = replace(ERASURE[-1], name="late", after=("log",))
    found = [step.name for step in in_order((late, *ERASURE[::-1]))]
    # What comes behind no other keeps the order in which it is told.
    assert set(found[:3]) == {"friend", "coupon", "content"}
    assert found[3:] == [*(step.name for step in ERASURE[3:]), "late"]


def test_what_only_reads_comes_behind_all_that_writes() -> None:
    slow = ErasureStep("slow", records.EraseInChat, records.ErasedInChat, after=("chat",))
    assert [step.name for step in in_order((*ERASURE, slow))] == [
        *("friend", "coupon", "content", "chat", "notices", "slow", "reporting", "stats", "log")
    ]


def test_a_step_behind_one_that_is_none_or_behind_itself_is_a_fault_of_the_program() -> None:
    lost = ErasureStep("lost", records.EraseInLog, records.ErasedInLog, after=("nowhere",))
    with pytest.raises(KeyError, match="nowhere"):
        in_order((lost, *ERASURE))
    round_trip = ErasureStep("chat", records.EraseInChat, records.ErasedInChat, after=("log",))
    with pytest.raises(CycleError):
        in_order((round_trip, *(step for step in ERASURE if step.name != "chat")))
