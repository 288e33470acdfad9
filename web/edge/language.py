"""Which language a request is answered in: Korean or English."""

from __future__ import annotations

from aiohttp import web

LANGUAGES = ("en", "ko")
DEFAULT = "en"
COOKIE = "lang"


def language_of(request: web.BaseRequest) -> str:
    """`ko` or `en`: by `?lang=`, then the cookie `lang`, then Accept-Language, then English."""
    for asked in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    return accepted(request.headers.get("Accept-Language", ""))


def accepted(header: str) -> str:
    """The language an Accept-Language header likes best; the first one named wins a tie."""
    best, best_quality = DEFAULT, 0.0
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
        return min(max(float(value), 0.0), 1.0) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
