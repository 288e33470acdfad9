"""A server that takes imports as Kibana documents them; it has one space beside the default one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

ACCEPTED = frozenset({"index-pattern", "search", "visualization", "dashboard"})
Key = tuple[str, str]


@dataclass
class KibanaStub:
    """What was imported by space, and how the next requests are answered instead."""

    authorization: str | None = None
    types: frozenset[str] = ACCEPTED
    spaces: dict[str, dict[Key, Any]] = field(default_factory=lambda: {"": {}, "ops": {}})
    failures: list[int] = field(default_factory=list)
    asked: int = 0

    def app(self) -> web.Application:
        """The server's application, with a base path."""
        app = web.Application(client_max_size=2**24)
        for space in ("", "/s/{space}"):
            app.router.add_post(f"/base{space}/api/saved_objects/_import", self._import)
        return app

    async def _import(self, request: web.Request) -> web.Response:
        self.asked += 1
        if self.failures:
            return _error(self.failures.pop(0), "Kibana server is not ready yet")
        if "kbn-xsrf" not in request.headers:
            return _error(400, "Request must contain a kbn-xsrf header.")
        if self.authorization not in (None, request.headers.get("Authorization")):
            return _error(401, "security_exception: unable to authenticate user")
        if (there := self.spaces.get(request.match_info.get("space", ""))) is None:
            return _error(404, "Not Found")
        part = (await request.post())["file"]
        if not isinstance(part, web.FileField) or not part.filename.endswith(".ndjson"):
            return _error(400, "Invalid file extension")
        sent = [orjson.loads(line) for line in part.file.read().splitlines()]
        return self._answer(sent, there, overwrite=request.query.get("overwrite") == "true")

    def _answer(self, sent: list[Any], there: dict[Key, Any], *, overwrite: bool) -> web.Response:
        known = {*there, *(_key(each) for each in sent)}
        errors: list[Any] = []
        done: list[Any] = []
        for each in sent:
            told = {"type": each["type"], "id": each["id"], "meta": {"title": _title(each)}}
            error = self._fault(each, known, there, overwrite=overwrite)
            if error is not None:
                errors.append({**told, "title": _title(each), "error": error})
                continue
            there[_key(each)] = each
            done.append(told)
        found: dict[str, Any] = {"success": not errors, "successCount": len(done), "warnings": []}
        if errors:
            found["errors"] = errors
        if done:
            found["successResults"] = done
        return web.json_response(found)

    def _fault(
        self, each: Any, known: set[Key], there: dict[Key, Any], *, overwrite: bool
    ) -> dict[str, Any] | None:
        if each["type"] not in self.types:
            return {"type": "unsupported_type"}
        if missing := [to for to in each["references"] if _key(to) not in known]:
            return {"type": "missing_references", "references": missing}
        if _key(each) in there and not overwrite:
            return {"type": "conflict"}
        return None


def _key(found: Any) -> Key:
    return found["type"], found["id"]


def _title(found: Any) -> str:
    return str(found["attributes"]["title"])


def _error(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
