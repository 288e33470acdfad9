"""A scene around a backup: what people do before and after it, and everything that is lost."""

from __future__ import annotations

import asyncio
import json
import shutil
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import psycopg2
from psycopg2 import sql

from infra.embedded import gateway, postgres
from infra.embedded.stack import Stack
from infra.faust.reconnecting import PatientAdmin
from tests.client.api import PASSWORD, User, open_room, sign_up
from tests.client.campaigns import opening_soon
from tests.client.known import rows
from tests.client.waiting import eventually

WITHIN = 300.0
STARTED_WITHIN = 600.0
SERVICES = (
    *("user-1", "friend-1", "coupon-1", "content-1", "chat-1", "stats-1", "log-1"),
    *("front-auth", "front-coupon-1", "front-1"),
)
# What is no fact of anybody's: who may write, logins, which wishes changed nothing, how often steps
# of an erasure were tried, how far claims were decided, of which a use tells nothing, and what is
# counted or pushed of posts beside their lines.
PASSED = {
    "lines", "sessions", "refresh_tokens", "login_attempts", "told_signups", "settled_wishes",
    "saga_steps", "function_revisions", "moves", "claim_clocks", "post_holders", "fan_outs",
    "feed", "popular", "model_questions", "model_budget", "model_breaker",
}  # fmt: skip
# When an erasure ended or cancelled a coupon, since its steps run again, and the trace it was asked
# in, which only a record's header tells; by what an inspection knows the same text again, which no
# fact tells; and how far a new subscriber's feed is filled.
PASSED_COLUMNS = {"ended_at", "trace", "cancelled_at", "gist", "is_filled", "pushed_from"}
TABLES = """
select relname from pg_class join pg_namespace n on n.oid = relnamespace
where nspname = 'public' and relkind in ('r', 'p') and not relispartition
"""

Rows = dict[str, list[str]]


def rows_of(stack: Stack) -> Rows:
    """Every row of every table that holds what people did, as text, by database and table."""
    found: Rows = {}
    for name, dsn in stack.dsns.items():
        with closing(psycopg2.connect(dsn)) as link, link.cursor() as cursor:
            cursor.execute(TABLES)
            for (table,) in cursor.fetchall():
                if table in PASSED:
                    continue
                cursor.execute(
                    sql.SQL("select to_jsonb(t) - %s::text[] from {} t").format(
                        sql.Identifier(table)
                    ),
                    (sorted(PASSED_COLUMNS),),
                )
                found[f"{name}.{table}"] = sorted(
                    json.dumps(row, sort_keys=True) for (row,) in cursor.fetchall()
                )
    return found


def heads_of(stack: Stack) -> dict[tuple[str, int], int]:
    """The head of each line."""
    return {
        (topic, partition): head
        for dsn in stack.dsns.values()
        for topic, partition, head in rows(dsn, "select topic, partition, head from lines")
        if head
    }


@dataclass
class Scene:
    """People and rooms; `before` and `after` the backup."""

    stack: Stack
    people: dict[str, User] = field(default_factory=dict)
    rooms: list[str] = field(default_factory=list)
    said: dict[str, list[str]] = field(default_factory=dict)
    campaign: str = ""
    post: str = ""

    async def say(self, name: str, room: str, text: str) -> Any:
        """A message; the answer."""
        told = await self.people[name].insist("POST", f"/chat/{room}", {"message": text})
        self.said.setdefault(room, []).append(text)
        return told

    async def sign_up(self, *names: str) -> None:
        """People of these names, logged in."""
        for name in names:
            self.people[name] = await sign_up(self.stack.base_url, name)

    async def before(self) -> None:
        """Four people chat in a room, have friends, one of them a coupon, and one publishes."""
        await self.sign_up("ara", "bora", "chan", "dan")
        ara, bora, chan, dan = self.people.values()
        room = await open_room(ara, bora, chan, dan)
        self.rooms.append(room)
        for number in range(8):
            name = ("ara", "bora", "chan", "dan")[number % 4]
            await self.say(name, room, f"점심 먹었어? {number}")
        await ara.insist("PUT", f"/user/friends/{bora.user_id}")
        await dan.insist("PUT", f"/user/friends/{ara.user_id}")
        await self.open_campaign("ara")
        await self.claim("chan")
        await bora.insist("PUT", f"/content/subscriptions/{ara.user_id}")
        self.post = await self.publish("ara", "점심 일기")

    async def after(self) -> None:
        """Everything that people can do, and an account that is erased."""
        room = self.rooms[0]
        ara, bora, chan, dan = self.people.values()
        await self.sign_up("eun")
        eun = self.people["eun"]
        told = [await self.say("ara", room, f"저녁은 내가 살게 {number}") for number in range(5)]
        path = f"/chat/{room}/messages/{told[0]['messageId']}"
        await ara.insist("PATCH", path, {"message": "저녁은 네가 사"})
        await ara.insist("DELETE", f"/chat/{room}/messages/{told[1]['messageId']}")
        await self.say("dan", room, "나는 이제 간다")
        await self.write_on()
        await self.claim("dan")
        held = await self.claim("bora")
        await bora.insist("POST", f"/coupon/{held['couponId']}/use", {"reference": "점심"})
        await ara.insist("PUT", f"/chat/{room}/notice", {"messageId": told[0]["messageId"]})
        other = await ara.insist("POST", "/chat", {"kind": "group", "name": "새 방"})
        self.rooms.append(other["roomId"])
        body = {"userId": eun.user_id}
        await ara.insist("POST", f"/chat/{other['roomId']}/participants", body)
        await self.say("eun", other["roomId"], "초대해 줘서 고마워")
        await eun.insist("PATCH", "/user/me", {"name": "은이"})
        await self.say("eun", other["roomId"], "이름을 바꿨어")
        await chan.insist("DELETE", f"/chat/{room}/participants/{chan.user_id}")
        await ara.insist("PATCH", f"/chat/{room}", {"name": "점심 친구"})
        await bora.insist("PUT", f"/user/blocks/{chan.user_id}")
        await ara.insist("DELETE", f"/user/friends/{bora.user_id}")
        await bora.insist("PUT", f"/chat/{room}/read", {"seq": 13})
        await bora.insist("PUT", f"/chat/saved/{room}/{told[2]['messageId']}")
        await dan.call("DELETE", "/user/me", {"password": PASSWORD})
        await self.until_erased()
        await self.say("bora", room, "단은 어디 갔어?")

    async def write_on(self) -> None:
        """A post is changed and liked; whoever leaves has written and subscribed as well."""
        ara, bora, chan, dan = [self.people[each] for each in ("ara", "bora", "chan", "dan")]
        await ara.insist("PATCH", self.post, {"version": 1, "title": "저녁 일기"})
        await self.until_published("ara", self.post, 2)
        for each in (bora, chan, dan):
            await each.insist("PUT", f"{self.post}/like")
        await chan.insist("DELETE", f"{self.post}/like")
        for each in (chan, dan):
            await each.insist("PUT", f"/content/subscriptions/{ara.user_id}")
        await chan.insist("DELETE", f"/content/subscriptions/{ara.user_id}")
        await self.publish("dan", "마지막 글")

    async def publish(self, name: str, title: str) -> str:
        """A post of theirs that everybody sees; its path."""
        content_id = str(uuid4())
        body = {"contentId": content_id, "title": title, "body": "오늘은 비가 왔다."}
        await self.people[name].insist("POST", "/content", body)
        await self.until_published(name, f"/content/{content_id}", 1)
        return f"/content/{content_id}"

    async def until_published(self, name: str, path: str, version: int) -> None:
        """The version of the post is what others see; nobody's view is counted."""

        async def is_seen() -> bool:
            told = await self.people[name].insist("GET", f"{path}?view=false")
            own: Any = told["mine"]
            return (own["version"], own["state"]) == (version, "published")

        await eventually(is_seen, WITHIN)

    async def open_campaign(self, name: str) -> None:
        """They are an operator from now on, and a campaign of theirs has opened."""
        chief = self.people[name]
        await asyncio.to_thread(self.stack.command, "operator", "add", chief.user_id)
        await chief.log_in()
        made = await chief.insist("POST", "/coupon/campaigns", opening_soon())
        self.campaign = f"/coupon/campaigns/{made['campaignId']}"

        async def is_open() -> bool:
            return bool((await chief.insist("GET", self.campaign))["state"] == "open")

        await eventually(is_open)

    async def claim(self, name: str) -> Any:
        """Their coupon of the campaign."""
        claim_id = str(uuid4())

        async def issued() -> Any:
            path = f"{self.campaign}/claims"
            told = await self.people[name].insist("POST", path, {"claimId": claim_id})
            return told if "couponId" in told else None

        return await eventually(issued, WITHIN)

    async def until_erased(self) -> None:
        """Every step of the one erasure is done."""

        async def ended() -> bool:
            found = await asyncio.to_thread(
                rows, self.stack.dsns["auth"], "select ended_at from sagas"
            )
            return len(found) == 1 and found[0][0] is not None

        await eventually(ended, WITHIN)

    async def close(self) -> None:
        """Close everybody's connections."""
        for user in self.people.values():
            await user.close()


def stop_services(stack: Stack) -> None:
    """End everything but the servers."""
    for name in (gateway.NAME, *reversed(SERVICES)):
        stack.stop_process(name)


def start_services(stack: Stack) -> None:
    """Start what the scene needs, one after another: a busy machine starts few at once."""
    for name in (*SERVICES, gateway.NAME):
        stack.start_process(name)
        stack.wait_ready(name, STARTED_WITHIN)


def lose_databases(stack: Stack) -> None:
    """Every folder of Postgres is gone; the servers run on new ones, which are empty."""
    for name in postgres.SERVERS:
        stack.stop_process(name)
        server = stack.servers.by_name()[name]
        shutil.rmtree(stack.layout.data(name))
        server.prepare()
        stack.start_process(name)
        stack.wait_ready(name)


async def lose_tables(stack: Stack) -> list[str]:
    """The workers' folders and the changelogs of their tables are gone; the names of these."""
    for name in SERVICES:
        shutil.rmtree(stack.layout.data(name), ignore_errors=True)
    client = PatientAdmin(bootstrap_servers=stack.bootstrap)
    await client.start()
    try:
        names = [name for name in await client.list_topics() if name.endswith("-changelog")]
        await client.delete_topics(names)
    finally:
        await client.close()
    return names


async def lose_search(stack: Stack) -> list[str]:
    """Every index of ours is gone; their names."""
    async with aiohttp.ClientSession(stack.elastic_url) as http:
        async with http.get("/_cat/indices/chatstream-*?format=json") as answer:
            names = [each["index"] for each in await answer.json()]
        for name in names:
            async with http.delete(f"/{name}") as answer:
                assert answer.status == 200, await answer.text()
    return names
