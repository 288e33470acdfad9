"""The pages: templates in the reader's language around scripts that speak the public interface.

A page holds no data of anybody but the caller's own handle and name; everything else is fetched by
its script, under the same rules as any other caller. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

import aiohttp_jinja2
import jinja2
from aiohttp import web

from chatstream.domain.watched_words import MOST
from chatstream.errors import UserError
from chatstream.ports.logins import Caller
from schemas.catalogue import MEMBER_PAGES, OPERATOR_PAGES
from web.catalogue import Texts, texts_in
from web.edge.language import LANGUAGES, language_of
from web.edge.middleware import ERROR_PAGE, optional_caller
from web.explaining import message_of
from web.operators import is_operator, operator_of
from web.shown_names import person_name
from web.static_files import ROUTE, StaticFiles, integrity_by_name

FOLDER = Path(__file__).parent
STATIC = FOLDER.resolve() / "static"
UUID = "[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
THEMES = ("light", "dark")


_ENVIRONMENTS: Mapping[str, web.AppKey[jinja2.Environment]] = {
    language: web.AppKey(f"pages_{language}", jinja2.Environment) for language in LANGUAGES
}


def register(web_app: web.Application) -> None:
    """Add the pages, their static files and the page for errors.

    Raises ConfigurationError when the set-up has not brought the browser libraries.
    """
    libraries = integrity_by_name(STATIC)
    files = StaticFiles(STATIC)
    for language, key in _ENVIRONMENTS.items():
        environment = _set_up_templates(web_app, language, key)
        environment.globals["integrity_of"] = libraries.__getitem__
        environment.globals["static"] = files.address
    web_app[ERROR_PAGE] = _error_page
    web_app.add_routes(
        [
            web.get("/", home),
            web.get("/login", login),
            web.get("/rooms", rooms),
            web.get(f"/rooms/{{room_id:{UUID}}}", room),
            web.get("/friends", friends),
            web.get("/words", words),
            web.get("/search", search),
            web.get("/saved", saved),
            web.get("/favicon.ico", _favicon),
            web.get(ROUTE, files.serve),
        ]
    )


def _set_up_templates(
    web_app: web.Application, language: str, key: web.AppKey[jinja2.Environment]
) -> jinja2.Environment:
    environment = aiohttp_jinja2.setup(
        web_app,
        app_key=key,
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        extensions=["jinja2.ext.i18n"],
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]  # of the extension
        Texts(language), newstyle=True
    )
    return environment


def render(
    template: str, request: web.Request, caller: Caller | None, **data: object
) -> web.Response:
    """A page in the reader's language and theme; `data` is what its script gets besides."""
    language = language_of(request)
    theme = request.cookies.get("theme", "")
    me = None
    if caller:
        name = person_name(caller.name, caller.user_id)
        me = {"userId": caller.user_id, "name": name}
    response = aiohttp_jinja2.render_template(
        template,
        request,
        {
            "language": language,
            "theme": theme if theme in THEMES else "",
            "path": request.path,
            "me": me,
            "member_pages": MEMBER_PAGES,
            "operator_pages": OPERATOR_PAGES if caller and is_operator(caller) else (),
            **data,
            "data": {"language": language, "me": me, "texts": texts_in(language), **data},
        },
        app_key=_ENVIRONMENTS[language],
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Cookie, Accept-Language"
    return response


async def home(request: web.Request) -> web.StreamResponse:
    """To the rooms, or to the login."""
    raise web.HTTPSeeOther("/rooms" if optional_caller(request) else "/login")


async def login(request: web.Request) -> web.StreamResponse:
    """Log in and sign up."""
    if optional_caller(request) and "next" not in request.query:
        raise web.HTTPSeeOther("/rooms")
    return render("login.html", request, None)


async def rooms(request: web.Request) -> web.StreamResponse:
    """The list of chats and the directory of open rooms."""
    return for_members("rooms.html", request)


async def room(request: web.Request) -> web.StreamResponse:
    """A room; a reader whom another site sent is asked before the room is joined."""
    return for_members(
        "room.html",
        request,
        roomId=request.match_info["room_id"].lower(),
        askToJoin="ask" in request.query or _is_cross_site(request),
    )


async def friends(request: web.Request) -> web.StreamResponse:
    """The reader's own name, friends and blocks."""
    return for_members("friends.html", request)


async def words(request: web.Request) -> web.StreamResponse:
    """The statistics: words, messages and signups over time; for operators also watched words."""
    caller = optional_caller(request)
    most = MOST if caller is not None and is_operator(caller) else None
    return for_members("stats.html", request, mostWatched=most)


async def search(request: web.Request) -> web.StreamResponse:
    """Search in the reader's messages."""
    return for_members("search.html", request)


async def sagas(request: web.Request) -> web.StreamResponse:
    """Every erasure, for operators; ACCESS_DENIED for others."""
    return for_operators("sagas.html", request)


async def saga(request: web.Request) -> web.StreamResponse:
    """One erasure; whoever has left sees it without a login, so the page itself shows nothing."""
    return render("saga.html", request, None, sagaId=request.match_info["sagaId"])


async def sanctions(request: web.Request) -> web.StreamResponse:
    """Who is muted, for operators; ACCESS_DENIED for others."""
    return for_operators("sanctions.html", request)


async def saved(request: web.Request) -> web.StreamResponse:
    """The talk drawer: what the reader has saved."""
    return for_members("saved.html", request)


def for_members(template: str, request: web.Request, **data: object) -> web.StreamResponse:
    """A page for whoever is logged in; others are sent to the login and come back."""
    caller = optional_caller(request)
    if caller is None:
        raise _login_first(request)
    return render(template, request, caller, **data)


def for_operators(template: str, request: web.Request, **data: object) -> web.StreamResponse:
    """As `for_members`, for operators; ACCESS_DENIED for who is logged in and is none."""
    if optional_caller(request) is not None:
        operator_of(request)
    return for_members(template, request, **data)


def _is_cross_site(request: web.Request) -> bool:
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


def _login_first(request: web.Request) -> web.HTTPSeeOther:
    """To the login, and back here after it."""
    back = request.path_qs
    if _is_cross_site(request):
        kept = [(name, value) for name, value in request.query.items() if name != "ask"]
        back = request.path + "?" + urlencode([*kept, ("ask", "1")])
    return web.HTTPSeeOther("/login?" + urlencode({"next": back}))


async def _error_page(request: web.Request, fault: UserError, status: int) -> web.StreamResponse:
    response = render("error.html", request, None, message=message_of(fault, language_of(request)))
    response.set_status(status)
    return response


async def _favicon(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(STATIC / "icon.svg", headers={"Content-Type": "image/svg+xml"})
