"""The static files of the pages, at addresses that change with their content.

`/static/@{hash}/{name}` holds one content for ever: browsers keep it a year and do not ask again,
also when there is no network. A page names its files so, and all its scripts of one state: modules
import one another by relative paths, so all of `js/` is hashed as one. `/static/{name}` is the same
file under a name that stays; browsers ask whether it has changed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
from aiohttp import hdrs, web

from chatstream.errors import ConfigurationError

ROUTE = "/static/{file:.+}"
FOR_EVER = "public, max-age=31536000, immutable"
ASK_FIRST = "no-cache"
MODULES = "js"
"""The folder whose files are hashed as one."""

_ADDRESS = re.compile(r"@([0-9a-f]{16})/(.+)", re.DOTALL)
_State = tuple[int, int]


def integrity_by_name(folder: Path) -> Mapping[str, str]:
    """The integrity of each browser library, by file name.

    Raises ConfigurationError when the set-up has not brought them.
    """
    try:
        manifest = orjson.loads((folder / "vendor" / "manifest.json").read_bytes())
    except FileNotFoundError as error:
        raise ConfigurationError(
            "web/static/vendor is missing: run `make setup`, which brings the browser libraries"
        ) from error
    return {name: file["integrity"] for name, file in manifest["files"].items()}


class StaticFiles:
    """The files below a folder as they are when this is made; their content stays on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._states: dict[str, _State] = {}
        self._hashes = self._read()

    def _read(self) -> dict[str, str]:
        contents: dict[str, bytes] = {}
        for name, path in _files(self._folder):
            self._states[name] = _state(path)
            contents[name] = hashlib.sha256(path.read_bytes()).digest()
        modules = hashlib.sha256()
        for name in sorted(filter(_is_module, contents)):
            modules.update(name.encode() + b"\0" + contents[name])
        return {
            name: modules.hexdigest()[:16] if _is_module(name) else content.hex()[:16]
            for name, content in contents.items()
        }

    def address(self, name: str) -> str:
        """The address of a file's content, for pages; KeyError when there is no such file."""
        return f"/static/@{self._hashes[name]}/{name}"

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """The handler of ROUTE; a hash that is not ours is not kept: another front may have it."""
        asked = request.match_info["file"]
        hashed = _ADDRESS.fullmatch(asked)
        name = hashed[2] if hashed else asked
        path = self._file(name)
        if path is None:
            raise web.HTTPNotFound
        kept = hashed is not None and self._hashes.get(name) == hashed[1]
        is_same = kept and self._states[name] == _state(path)
        control = FOR_EVER if is_same else ASK_FIRST
        return web.FileResponse(path, headers={hdrs.CACHE_CONTROL: control})

    def _file(self, name: str) -> Path | None:
        """The file of this name; None for what is none in the folder, whatever its form.

        aiohttp's own route answers a missing file without a body, and a name too long for the file
        system with 500.
        """
        try:
            path = (self._folder / name).resolve(strict=True)
        except (OSError, RuntimeError, ValueError):  # missing, too long; a loop of links; a NUL
            return None
        return path if path.is_relative_to(self._folder) and path.is_file() else None


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _is_module(name: str) -> bool:
    return name.startswith(f"{MODULES}/")


def _state(path: Path) -> _State:
    """What is another when a file is written anew while this process runs."""
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size
