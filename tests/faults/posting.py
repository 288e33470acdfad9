"""Authors, followers and a reader by the public port, who go on through whatever is hurt.

An author repeats what was not answered, with the same contentId. The reader looks all the time, at
feeds, at lists and at posts, and takes nothing that may not be seen.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from infra.embedded.stack import Stack
from tests.client.api import REPEATABLE, Refused, User, sign_up
from tests.client.waiting import eventually, pause
from tests.faults.traffic import ADDRESSES

DEADLINE = 240.0
PACE = 0.1
# What an author does with a post: a version that passes (g) or that is refused (b), a pause until
# it is decided about (w), its end (d).
PLANS = ("g", "b", "gwg", "gwb", "gg", "bg", "gb", "gwd", "gd", "gwbwg")
GOOD = (
    *("오늘", "아침", "바다", "언덕", "나무", "구름", "노을", "골목"),
    *("우산", "편지", "기차", "여름", "겨울", "창문", "의자"),
)
BAD = "shit, kill yourself"


@dataclass
class Version:
    """A version as it was sent, and whether the rules accept it."""

    title: str
    body: str
    passes: bool


@dataclass
class Posted:
    """A post as its author means it; `is_gone` once a deletion was answered with 204."""

    author: User
    content_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    versions: list[Version] = field(default_factory=list)
    is_gone: bool = False

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/content/{self.content_id}"


@dataclass
class Press:
    """Everybody there is, what they wrote, and which (post, version) anybody was shown."""

    stack: Stack
    authors: Sequence[User]
    followers: Sequence[User]
    reader: User
    posts: dict[str, Posted] = field(default_factory=dict)
    liked: set[tuple[str, str]] = field(default_factory=set)
    seen: set[tuple[str, int]] = field(default_factory=set)
    looks: Counter[str] = field(default_factory=Counter)
    is_over: bool = False

    @classmethod
    async def opened(cls, stack: Stack) -> Self:
        """Three authors, and three followers: of all, of two of them, of one."""

        async def some(name: str, number: int) -> User:
            return await sign_up(stack.base_url, name, ADDRESSES[number % len(ADDRESSES)])

        authors = [await some("author", number) for number in range(3)]
        followers = [await some("follower", number) for number in range(3)]
        for number, follower in enumerate(followers):
            for author in authors[number:]:
                await _subscribe(follower, author)
        return cls(stack, authors, followers, await some("reader", 1))

    async def hurt(self, blow: Callable[[Stack], Awaitable[None]]) -> None:
        """Everybody is at it, and in the midst of it there is the blow."""
        authors = [asyncio.create_task(self._write(each)) for each in self.authors]
        others = [asyncio.create_task(self._follow(each)) for each in self.followers]
        others.append(asyncio.create_task(self._read()))
        try:
            await eventually(self._has_begun, DEADLINE, 0.05)
            await _unless_failed(blow(self.stack), others)
            async with asyncio.timeout(DEADLINE):
                await _unless_failed(asyncio.gather(*authors), others)
                self.is_over = True
                await asyncio.gather(*others)
        finally:
            for task in (*authors, *others):
                task.cancel()
            await asyncio.gather(*authors, *others, return_exceptions=True)

    async def _has_begun(self) -> bool:
        return bool(self.seen)

    # -- authors ---------------------------------------------------------------------------------

    async def _write(self, author: User) -> None:
        plans = list(PLANS)
        random.Random(author.user_id).shuffle(plans)
        for plan in plans:
            post = Posted(author)
            self.posts[post.content_id] = post
            for step in plan:
                await self._step(post, step)

    async def _step(self, post: Posted, step: str) -> None:
        match step:
            case "w":
                await eventually(lambda: decided(post), DEADLINE)
            case "d":
                await post.author.insist("DELETE", f"{post.path}?version={len(post.versions)}")
                post.is_gone = True
            case _:
                await _send(post, passes=step == "g")

    # -- those who look --------------------------------------------------------------------------

    async def _follow(self, follower: User) -> None:
        """Reads the own feed and likes what comes; leaves the last author and comes again."""
        last = self.authors[-1]
        while not self.is_over:
            for shown in await self._look(follower, "/content/feed"):
                place = shown["contentId"], follower.user_id
                if place not in self.liked:
                    await self._like(follower, *place)
            await follower.insist("DELETE", f"/content/subscriptions/{last.user_id}")
            await _subscribe(follower, last)
            await pause(PACE)

    async def _like(self, follower: User, content_id: str, user_id: str) -> None:
        try:
            await follower.insist("PUT", f"/content/{content_id}/like")
            self.liked.add((content_id, user_id))
        except Refused as refused:
            if refused.code != "CONTENT_NOT_FOUND":
                raise

    async def _read(self) -> None:
        """Looks at every author's list and at every post, over and over."""
        while not self.is_over:
            for author in self.authors:
                await self._look(self.reader, f"/content?author={author.user_id}")
            for post in list(self.posts.values()):
                await self._look(self.reader, post.path)
            await pause(PACE)

    async def _look(self, user: User, path: str) -> list[Any]:
        """One look; nothing where nobody answers."""
        gone = {post.content_id for post in self.posts.values() if post.is_gone}
        try:
            answer = await user.call("GET", path)
        except Refused as refused:
            if refused.status != 404 and refused.status not in REPEATABLE:
                raise
            self.looks[str(refused.status)] += 1
            return []
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as lost:
            self.looks[type(lost).__name__] += 1
            return []
        self.looks["200"] += 1
        found = answer.get("contents", [answer])
        for shown in found:
            self._check(shown, gone)
        return list(found)

    def _check(self, shown: Any, gone: set[str]) -> None:
        """What was deleted before anybody asked is not shown, nor what the rules refuse."""
        content_id, number = shown["contentId"], shown["version"]
        assert content_id not in gone, f"{content_id} is shown after its 204"
        version = self.posts[content_id].versions[number - 1]
        assert version.passes, f"{content_id} shows version {number}"
        assert shown["title"] == version.title
        assert shown.get("body", version.body) == version.body
        self.seen.add((content_id, number))

    async def close(self) -> None:
        """Disconnect everybody."""
        for user in (*self.authors, *self.followers, self.reader):
            await user.close()


async def decided(post: Posted) -> bool:
    """Whether its author is told what became of the latest version."""
    told = await post.author.insist("GET", f"{post.path}?view=false")
    mine = told["mine"]
    return bool(mine["version"] == len(post.versions) and mine["state"] != "inspecting")


async def _send(post: Posted, *, passes: bool) -> None:
    """The next version; it may be seen from the moment on at which it is sent."""
    number, text = len(post.versions) + 1, " ".join(random.sample(GOOD, 6))
    version = Version(f"{text[:8]} {number}", text if passes else f"{text} {BAD}", passes)
    post.versions.append(version)
    its = {"title": version.title, "body": version.body}
    if number == 1:
        await post.author.insist("POST", "/content", {"contentId": post.content_id, **its})
    else:
        told = await post.author.insist("PATCH", post.path, {"version": number - 1, **its})
        assert told["version"] == number


async def _subscribe(follower: User, author: User) -> None:
    """Also to an author whose account no copy has yet."""

    async def has() -> bool:
        try:
            await follower.insist("PUT", f"/content/subscriptions/{author.user_id}")
        except Refused as refused:
            if refused.code != "USER_NOT_FOUND":
                raise
            return False
        return True

    await eventually(has, DEADLINE)


async def _unless_failed(going: Awaitable[Any], others: Sequence[asyncio.Task[Any]]) -> None:
    """Wait for it; whoever of the others fails first ends it."""
    task: asyncio.Future[Any] = asyncio.ensure_future(going)
    done, _ = await asyncio.wait([task, *others], return_when=asyncio.FIRST_COMPLETED)
    for each in done:
        await each
    if not task.done():
        raise AssertionError("somebody stopped to look")
