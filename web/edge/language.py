"""Which language a request is answered in: Korean or English."""

from __future__ import annotations

from aiohttp import hdrs, web

LANGUAGES = ("en", "ko")
DEFAULT = "en"
COOKIE = "lang"
SAFE = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS}


def language_of(request: web.BaseRequest) -> str:
    """`ko` or `en`: by `?lang=`, else by what was chosen, else English.

    A page goes by the cookie `lang` before Accept-Language, which the browser sets. A program and
    our scripts set Accept-Language themselves, a script to the language of its page: it goes first.
    """
    chosen = request.cookies.get(COOKIE)
    liked = _liked(request.headers.get("Accept-Language", ""))
    order = (chosen, liked) if wants_page(request) else (liked, chosen)
    asked = (request.query.get("lang"), *order)
    return next((language for language in asked if language in LANGUAGES), DEFAULT)


def wants_page(request: web.BaseRequest) -> bool:
    """Whether a browser asks for a page rather than a program for JSON."""
    return request.method in SAFE and "text/html" in request.headers.get(hdrs.ACCEPT, "")


def by_accept(response: web.StreamResponse) -> web.StreamResponse:
    """The response of a call that answers with a page or with JSON: told so to caches (`Vary`)."""
    response.headers.add(hdrs.VARY, hdrs.ACCEPT)
    return response


def accepted(header: str) -> str:
    """The language an Accept-Language header likes best, English if none of ours."""
    return _liked(header) or DEFAULT


def _liked(header: str) -> str:
    """The one of ours that the header likes best, the first of two alike; empty for none."""
    best, best_quality = "", 0.0
    for part in header[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        language = tag.strip().lower().partition("-")[0]
        quality = _quality(parameters)
        if language in LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
