"""(q): a rush for coupons by HTTP, chat beside it, and what the same servers allow."""

from __future__ import annotations

from tests.bench.bare_stock import CONNECTIONS, Bare
from tests.bench.beside import others_job
from tests.bench.claimants import given, make_claimants, open_campaign
from tests.bench.claiming import ISSUED
from tests.bench.drive import Run, run_load
from tests.bench.lag import settle
from tests.bench.latency import Latency
from tests.bench.report import LATENCY_COLUMNS, Aim, Section, Table, latency_row, number
from tests.bench.rush import Beside, Rush, chat_beside, limits, rush_job, rushed
from tests.bench.scenes.bench import Bench, cpu_table
from tests.bench.wire import Claimed

TIMES_ROW_LOCK, LATE_MS = 10, 0.3
BROKEN = "over, under or doubled"
_AFTER = "after the sell-out"


def coupons(bench: Bench) -> Section:
    """The rush, who comes after it, chat beside another one, and the limits."""
    sizes, stack = bench.sizes, bench.stack
    bench.say(f"{sizes.claimants:,} accounts and their tokens …")
    crowd = make_claimants(stack, sizes.claimants + sizes.late_claims)
    claims = [number % sizes.claimants for number in range(sizes.claims)]
    late = range(sizes.claimants, sizes.claimants + sizes.late_claims)
    beside = limits(bench, crowd.accounts[: sizes.claimants])
    chat = others_job(bench)
    settle(stack)
    front = f"http://127.0.0.1:{bench.front_port}"
    bench.say(f"{sizes.claims:,} claims for {sizes.coupons:,} coupons …")
    first = open_campaign(stack, front, sizes.coupons)
    rushes = {"the rush": rushed(bench, rush_job(bench, first, crowd, claims))}
    bench.say(f"{sizes.late_claims:,} come after it …")
    rushes[_AFTER] = rushed(bench, rush_job(bench, first, crowd, late))
    settle(stack)
    bench.say("chat without a rush, and with one …")
    chats = {"without a rush": run_load(stack, chat)}
    second = open_campaign(stack, front, sizes.coupons)
    settle(stack)
    chats["with a rush"], more = chat_beside(bench, chat, rush_job(bench, second, crowd, claims))
    settle(stack)
    return Section(
        "q",
        f"{sizes.claims:,} claims of {sizes.claimants:,} accounts for {sizes.coupons:,} coupons",
        [_rates(rushes, beside), _answers(rushes), _latencies(rushes, chats), _cpu(rushes)],
        _aims(beside, rushes[_AFTER], _broken(bench, first, rushes)),
        _notes(bench, beside, more),
    )


def _broken(bench: Bench, campaign_id: str, rushes: dict[str, Rush]) -> int:
    """How many coupons are too many, too few, twice an account's, or not what was answered."""
    issued, owners = given(bench.stack.dsns["coupon"], campaign_id)
    told = sum(each.claimed.answers.get(ISSUED, 0) for each in rushes.values())
    return abs(issued - bench.sizes.coupons) + (issued - owners) + abs(told - issued)


def _aims(beside: Beside, after: Rush, broken: int) -> list[Aim]:
    times = beside.agent[0].rate / beside.locked.rate
    return [
        Aim(
            "the agent on a filled topic, of the row lock's rate",
            times,
            TIMES_ROW_LOCK,
            "times",
            at_least=True,
        ),
        Aim("CPU of a loser after the sell-out", after.stack_ms, LATE_MS, "ms"),
        Aim(BROKEN, broken, 0, ""),
    ]


def _rates(rushes: dict[str, Rush], beside: Beside) -> Table:
    rows = [
        [f"by HTTP: {name}", number(each.rate), number(each.stack_ms)]
        for name, each in rushes.items()
    ]
    for name, each in zip(("the rush", "a coupon for each account"), beside.agent, strict=True):
        cpu = number(1000 * each.cpu / each.claims)
        rows.append([f"one agent, from a filled topic: {name}", number(each.rate), cpu])
    bare: dict[str, Bare | None] = {
        "bare produce, aiokafka, each acknowledged": beside.produced,
        "Postgres, one row counted down, each gets one": beside.locked,
        "Postgres, the same, the rush": beside.rushed,
        "Redis, a script, the rush": beside.redis,
    }
    rows += [
        [
            name,
            number(each.rate),
            "–" if each.cpu is None else number(1000 * each.cpu / each.claims),
        ]
        for name, each in bare.items()
        if each is not None
    ]
    return Table(("", "claims/s", "CPU ms a claim, without the load"), rows)


def _answers(rushes: dict[str, Rush]) -> Table:
    codes = sorted({code for each in rushes.values() for code in each.claimed.answers})
    rows = [
        [
            name,
            *(f"{each.claimed.answers.get(code, 0):,}" for code in codes),
            f"{each.claimed.waited:,}",
            f"{each.claimed.again:,}",
        ]
        for name, each in rushes.items()
    ]
    return Table(("answers", *codes, "202 first", "told to come again"), rows)


def _latencies(rushes: dict[str, Rush], chats: dict[str, Run]) -> Table:
    found: dict[str, Latency] = {}
    for name, rush in rushes.items():
        found[f"{name}: a coupon"] = rush.claimed.winners
        found[f"{name}: none"] = rush.claimed.losers
    for name, run in chats.items():
        found[f"chat {name}: stored"] = run.result.ack
        found[f"chat {name}: at the others' sockets"] = run.result.delivery
    return Table(
        LATENCY_COLUMNS, [latency_row(name, each) for name, each in found.items() if each.count]
    )


def _cpu(rushes: dict[str, Rush]) -> Table:
    per = {name: (each.cpu, each.claims / 1000) for name, each in rushes.items()}
    return cpu_table(per, "1,000 claims")


def _notes(bench: Bench, beside: Beside, more: Claimed) -> list[str]:
    sizes = bench.sizes
    notes = [
        f"{sizes.claims_at_once} claims at a time, past the gateway, until each has its last word;"
        " access tokens are checked in full, since a front remembers fewer than there are."
        " Who comes after the sell-out has no claim and is refused by the front.",
        f"The row is counted down by {CONNECTIONS} connections, a transaction a claim;"
        " the agent reads one partition, keeps every outcome and tells it."
        f" Beside the chat {sum(more.answers.values()):,} claims had their last word.",
    ]
    if beside.redis is None:
        notes.append("Redis was not measured: redis-server is not installed here.")
    else:
        notes.append(
            "Redis keeps a log that is written to the disk once a second, and is asked by its own"
            " redis-benchmark; what it acknowledged in the last second may be lost."
        )
    return notes
