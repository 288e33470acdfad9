"""(i): a backlog of Zipf text, counted by one stats worker and by a bare reader."""

from __future__ import annotations

from schemas.contexts.messages import MESSAGE
from tests.bench.facts import WORDS_OF_A_MESSAGE, Facts
from tests.bench.live import PARTITIONS, TABLES, WORKERS, live_stack
from tests.bench.report import Aim, Section, Table, number
from tests.bench.scenes.bench import Bench
from tests.bench.scenes.words import CatchUp, bare_count, catch_up_table

FIRST, LAST = "benchbegin", "benchend"
BY_ROOM = "room_word_counts"
SHARE_AIM = 0.5


def backlog(bench: Bench) -> Section:
    """Put facts on the topic, then start the worker on tables that are empty."""
    sizes, worker = bench.sizes, WORKERS[0]
    bench.say(f"a backlog of {sizes.backlog:,} facts is made up …")
    facts = Facts(sizes.vocabulary, sizes.rooms, PARTITIONS)
    said = [*facts.everywhere(FIRST), *(facts.next() for _ in range(sizes.backlog))]
    said += facts.everywhere(LAST)
    with live_stack(bench.stack) as live:
        rows_of = ((partition, None, value) for partition, value in said)
        live.produce(MESSAGE.response.name, rows_of)
        bench.say("the backlog is counted …")
        bare = bare_count(live.stack, FIRST, [0] * PARTITIONS)
        live.stack.start_process(worker)
        seconds, cpu = CatchUp(live.stack, worker, FIRST, LAST, PARTITIONS).follow()
        written = live.written(TABLES)
    rows = [[name, number(count / bare.messages)] for name, count in written.items()]
    rows.append(["all", number(sum(written.values()) / bare.messages)])
    return Section(
        "i",
        f"a backlog of {sizes.backlog:,} messages of {WORDS_OF_A_MESSAGE} words, Zipf text of"
        f" {sizes.vocabulary:,}",
        [
            catch_up_table(bare, seconds, cpu),
            Table(("table", "changelog records a message"), rows),
        ],
        [
            Aim(
                "share of the bare reader's rate",
                (bare.messages / seconds) / (bare.messages / bare.seconds),
                SHARE_AIM,
                "",
                at_least=True,
            ),
            Aim(
                "changelog records, all rooms",
                sum(count for name, count in written.items() if name != BY_ROOM) / bare.messages,
                4,
                "a message",
            ),
        ],
        ["One worker on empty tables, from its first fact to its last, one after the other."],
    )
