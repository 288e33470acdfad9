"""DELETE /user/me: who may, what ends at once, what is asked for."""

from __future__ import annotations

import unicodedata

import pytest
from aiohttp import ClientResponse

from schemas import records
from tests.unit.web.edge import ORIGIN, PASSWORD, Edge, bearer, fault_of


async def farewell(edge: Edge, token: str, **body: str) -> ClientResponse:
    return await edge.client.delete("/user/me", json=body, headers=bearer(token))


async def test_an_erasure_is_a_wish_and_names_its_saga(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    response = await farewell(edge, token, password=PASSWORD)
    assert response.status == 202
    wish = edge.wishes.asked[-1][2]
    assert isinstance(wish, records.EraseAccount)
    assert await response.json() == {"sagaId": wish.request_id}


async def test_every_login_ends_and_is_told_at_once(edge: Edge) -> None:
    first, second = await edge.tokens(), await edge.tokens()
    await farewell(edge, first["accessToken"], password=PASSWORD)
    assert len(edge.news.told) == 2
    for tokens in (first, second):
        response = await edge.client.post(
            "/user/refresh", json={"refreshToken": tokens["refreshToken"]}
        )
        assert response.status == 401
    assert (await edge.login()).status == 401


async def test_an_erasure_that_comes_again_finds_no_account_and_no_login(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    assert (await farewell(edge, token, password=PASSWORD)).status == 202
    again = await farewell(edge, token, password=PASSWORD)
    assert (await fault_of(again))[:2] == (401, "BAD_CREDENTIALS")
    for revoked in edge.news.told:
        edge.revocations.apply(revoked.sid, edge.clock.now + 600)
    later = await farewell(edge, token, password=PASSWORD)
    assert (await fault_of(later))[:2] == (401, "NOT_AUTHENTICATED")
    assert len([wish for *_, wish, _ in edge.wishes.asked if _is_farewell(wish)]) == 1


def _is_farewell(wish: object) -> bool:
    return isinstance(wish, records.EraseAccount)


async def test_a_wrong_password_erases_nothing(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    response = await farewell(edge, token, password="not the password")
    assert (await fault_of(response))[:2] == (401, "BAD_CREDENTIALS")
    assert (await edge.me(token)).status == 200


async def test_a_password_is_the_same_composed_and_decomposed(edge: Edge) -> None:
    typed = "비밀번호는 각자 다르다"
    decomposed = unicodedata.normalize("NFD", typed)
    assert (await edge.signup(password=decomposed)).status == 201
    assert (await edge.login(password=typed)).status == 200
    login = await edge.login(password=decomposed)
    wide = await edge.login(password=typed.replace(" ", "\u3000"))
    assert (await fault_of(wide))[:2] == (401, "BAD_CREDENTIALS")
    token = (await login.json())["accessToken"]
    edge.client.session.cookie_jar.clear()
    assert (await farewell(edge, token, password=decomposed)).status == 202


@pytest.mark.parametrize("password", ["안녕하세요", unicodedata.normalize("NFD", "안녕하세요")])
async def test_a_password_is_counted_composed(edge: Edge, password: str) -> None:
    status, code, details = await fault_of(await edge.signup(password=password))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "password")


async def test_the_password_is_needed_and_named(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    status, code, details = await fault_of(await farewell(edge, token))
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", "password")


async def test_nobody_is_erased_without_a_login(edge: Edge) -> None:
    response = await edge.client.delete("/user/me", json={"password": PASSWORD})
    assert (await fault_of(response))[:2] == (401, "NOT_AUTHENTICATED")


async def test_another_sites_page_erases_nobody(edge: Edge) -> None:
    await edge.signup()
    await edge.login()  # the client keeps the cookies
    body = {"password": PASSWORD}
    foreign = await edge.client.delete(
        "/user/me", json=body, headers={"Origin": "http://evil.test"}
    )
    assert (await fault_of(foreign))[:2] == (403, "ACCESS_DENIED")
    own = await edge.client.delete("/user/me", json=body, headers={"Origin": ORIGIN})
    assert own.status == 202


async def test_too_many_tries_are_refused(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    for _ in range(10):
        await farewell(edge, token, password="not the password")
    response = await farewell(edge, token, password=PASSWORD)
    assert (await fault_of(response))[:2] == (429, "RATE_LIMITED")
