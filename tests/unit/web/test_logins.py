"""Accounts and logins over HTTP."""

from __future__ import annotations

import jwt
import pytest

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.copies import NameFact
from schemas import records
from schemas.contexts.accounts import ACCOUNT
from tests.unit.web.edge import ORIGIN, PASSWORD, Edge, bearer, fault_of


async def test_a_signup_is_a_wish_with_a_sealed_hash_and_answers_the_account(edge: Edge) -> None:
    response = await edge.signup(name="  민수  ")
    assert response.status == 201
    body = await response.json()
    assert (body["userId"], body["name"]) == ("minsu", "민수")
    assert set(body) == {"userId", "name", "createdAt"}
    ((topic, key, wish, identity),) = edge.wishes.asked
    assert isinstance(wish, records.CreateAccount)
    assert (topic, key, identity) == (
        ACCOUNT.request.name,
        wish.account_id,
        (wish.request_id,),
    )
    sent = records.encode(wish).decode()
    assert PASSWORD not in sent
    assert "hash of" not in sent
    assert edge.accounts.by_handle["minsu"].password_hash == f"hash of {PASSWORD}"


async def test_a_taken_handle_is_refused(edge: Edge) -> None:
    await edge.signup()
    assert await fault_of(await edge.signup()) == (409, "USER_EXISTS", {"field": "userId"})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"userId": "Minsu"}, "userId"),
        ({"userId": "mi"}, "userId"),
        ({"userId": "1minsu"}, "userId"),
        ({"userId": 7}, "userId"),
        ({"name": "   "}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"admin": True}, "admin"),
    ],
)
async def test_a_bad_signup_is_refused_naming_the_field(
    edge: Edge, changes: dict[str, object], field: str
) -> None:
    body = {"userId": "minsu", "password": PASSWORD, "name": "민수"} | changes
    response = await edge.client.post("/user", json=body)
    status, code, details = await fault_of(response)
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert edge.wishes.asked == []


async def test_a_missing_field_is_named(edge: Edge) -> None:
    response = await edge.client.post("/user", json={"userId": "minsu", "name": "민수"})
    assert (await fault_of(response))[2] == {"field": "password", "reason": "is required"}


@pytest.mark.parametrize("password", ["password", "minsuminsu"])
async def test_a_common_password_is_refused(edge: Edge, password: str) -> None:
    status, code, _ = await fault_of(await edge.signup("minsuminsu", password=password))
    assert (status, code) == (400, "WEAK_PASSWORD")


async def test_a_password_fault_never_shows_the_password(edge: Edge) -> None:
    response = await edge.client.post("/user", json={"password": "my-secret-1234567", "x": 1})
    assert "my-secret" not in await response.text()


async def test_signups_of_an_address_are_limited(make_edge: object) -> None:
    edge = await make_edge(limits={"signups_per_minute": 2})  # type: ignore[operator]
    for name in ("one", "two"):
        assert (await edge.signup(name)).status == 201
    refused = await edge.signup("three")
    assert (await fault_of(refused))[:2] == (429, "RATE_LIMITED")
    assert 0 < int(refused.headers["Retry-After"]) <= 60


async def test_a_busy_store_is_told_with_retry_after(edge: Edge) -> None:
    edge.wishes.fault = UserError(ErrorCode.STORE_UNAVAILABLE, retry_after=1.5)
    refused = await edge.signup()
    assert (await fault_of(refused))[:2] == (503, "STORE_UNAVAILABLE")
    assert refused.headers["Retry-After"] == "2"


async def test_a_login_gives_tokens_that_name_the_caller(edge: Edge) -> None:
    tokens = await edge.tokens()
    assert set(tokens) == {"accessToken", "refreshToken", "tokenType", "expiresIn"}
    assert (tokens["tokenType"], tokens["expiresIn"]) == ("Bearer", 600)
    claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
    assert claims["sub"] == edge.accounts.by_handle["minsu"].account.account_id
    assert (claims["handle"], claims["name"], claims["typ"]) == ("minsu", "민수", "access")
    me = await edge.me(tokens["accessToken"])
    assert (me.status, (await me.json())["userId"]) == (200, "minsu")


async def test_a_new_name_is_a_wish_and_answers_the_account(edge: Edge) -> None:
    token = (await edge.tokens())["accessToken"]
    before = await (await edge.me(token)).json()
    headers = bearer(token)
    for _ in range(2):  # the second time it is the name already
        response = await edge.client.patch("/user/me", json={"name": " 지은 "}, headers=headers)
        assert (response.status, await response.json()) == (200, before | {"name": "지은"})
    topic, key, wish, identity = edge.wishes.asked[-1]
    assert isinstance(wish, records.ChangeProfile)
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    assert (topic, key, identity) == (ACCOUNT.request.name, account_id, (wish.request_id,))
    assert (wish.account_id, wish.user_id, wish.name) == (account_id, "minsu", "지은")
    assert await (await edge.me(token)).json() == before | {"name": "지은"}
    tokens = await edge.tokens()
    claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
    assert claims["name"] == "지은"


async def test_a_new_name_is_answered_where_people_are_found_by_it_and_its_repeat_too(
    edge: Edge,
) -> None:
    headers = bearer((await edge.tokens())["accessToken"])
    account_id = edge.accounts.by_handle["minsu"].account.account_id
    edge.chat.kinds, edge.chat.asked = (NameFact,), []
    for _ in range(2):  # the second is so already: by the newest fact of the account
        response = await edge.client.patch("/user/me", json={"name": "지은"}, headers=headers)
        assert response.status == 200
    found = [fact for facts in edge.chat.asked for fact in facts]
    assert [type(fact) for fact in found] == [NameFact] * 2
    assert {fact.account_id for fact in found if isinstance(fact, NameFact)} == {account_id}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 41}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": None}, "name"),
        ({"name": "지은", "userId": "jieun"}, "userId"),
    ],
)
async def test_a_bad_name_is_refused_naming_the_field(
    edge: Edge, body: dict[str, object], field: str
) -> None:
    headers = bearer((await edge.tokens())["accessToken"])
    status, code, details = await fault_of(
        await edge.client.patch("/user/me", json=body, headers=headers)
    )
    assert (status, code, details["field"]) == (400, "INVALID_INPUT", field)
    assert len(edge.wishes.asked) == 1  # the signup


async def test_a_new_name_needs_a_login_and_a_page_of_the_same_origin(edge: Edge) -> None:
    body = {"name": "지은"}
    token = (await edge.tokens())["accessToken"]
    assert (await fault_of(await edge.client.patch("/user/me", json=body)))[0] == 401
    cookie = {"Cookie": f"access={token}"}
    refused = await edge.client.patch("/user/me", json=body, headers=cookie)
    assert (await fault_of(refused))[:2] == (403, "ACCESS_DENIED")
    done = await edge.client.patch("/user/me", json=body, headers=cookie | {"Origin": ORIGIN})
    assert done.status == 200


async def test_an_account_that_is_gone_has_no_name_to_change(edge: Edge) -> None:
    headers = bearer((await edge.tokens())["accessToken"])
    edge.accounts.by_handle.clear()
    refused = await edge.client.patch("/user/me", json={"name": "지은"}, headers=headers)
    assert (await fault_of(refused))[:2] == (401, "NOT_AUTHENTICATED")


async def test_new_names_of_an_account_are_limited(make_edge: object) -> None:
    edge = await make_edge(limits={"changes_per_minute": 1})  # type: ignore[operator]
    headers = bearer((await edge.tokens())["accessToken"])
    for status in (200, 429):
        response = await edge.client.patch("/user/me", json={"name": "지은"}, headers=headers)
        assert response.status == status


async def test_a_published_key_verifies_a_token(edge: Edge) -> None:
    tokens = await edge.tokens()
    response = await edge.client.get("/.well-known/jwks.json")
    key_set = jwt.PyJWKSet.from_dict(await response.json())
    kid = jwt.get_unverified_header(tokens["accessToken"])["kid"]
    claims = jwt.decode(
        tokens["accessToken"],
        key_set[kid].key,
        algorithms=["EdDSA"],
        audience="chatstream",
        issuer="chatstream",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["handle"] == "minsu"


async def test_an_unknown_user_and_a_wrong_password_get_the_same_answer_and_work(
    edge: Edge,
) -> None:
    await edge.signup()
    wrong = await edge.login(password="wrong password")
    unknown = await edge.login("nobody")
    no_handle = await edge.login("Not A Handle")
    texts = {await one.text() for one in (wrong, unknown, no_handle)}
    assert len(texts) == 1
    assert {one.status for one in (wrong, unknown, no_handle)} == {401}
    assert edge.passwords.verified == [f"hash of {PASSWORD}", None, None]


async def test_an_account_that_is_erased_while_its_password_is_looked_at_gets_no_login(
    edge: Edge,
) -> None:
    await edge.signup()
    wrong = await (await edge.login(password="wrong password")).text()
    verify = edge.passwords.verify

    async def erased_meanwhile(password: str, hashed: str | None) -> bool:
        edge.accounts.by_handle.clear()
        return await verify(password, hashed)

    edge.passwords.verify = erased_meanwhile  # type: ignore[method-assign]
    response = await edge.login()
    assert (response.status, await response.text()) == (401, wrong)
    assert not response.cookies
    assert edge.sessions.logins == {}


async def test_ten_wrong_passwords_close_the_account_for_a_while(edge: Edge) -> None:
    await edge.signup()
    for _ in range(10):
        assert (await edge.login(password="wrong password")).status == 401
    refused = await edge.login()
    assert (await fault_of(refused))[:2] == (429, "RATE_LIMITED")
    assert int(refused.headers["Retry-After"]) == 900
    edge.clock.now += 901
    assert (await edge.login()).status == 200


async def test_while_too_many_passwords_wait_nobody_signs_up_or_goes(edge: Edge) -> None:
    headers = bearer((await edge.tokens())["accessToken"])
    edge.passwords.busy = True
    farewell = await edge.client.delete("/user/me", json={"password": PASSWORD}, headers=headers)
    for refused in (await edge.signup("jieun"), farewell):
        assert (await fault_of(refused))[:2] == (503, "BUSY")
        assert refused.headers["Retry-After"] == "3"


async def test_a_login_that_was_not_looked_at_does_not_count(edge: Edge) -> None:
    await edge.signup()
    edge.passwords.busy = True
    refused = await edge.login()
    assert (await fault_of(refused))[:2] == (503, "BUSY")
    assert refused.headers["Retry-After"] == "3"
    assert edge.attempts.begun == {}


async def test_a_login_sets_cookies_that_no_script_can_read(edge: Edge) -> None:
    await edge.signup()
    response = await edge.login()
    access, refresh = response.cookies["access"], response.cookies["refresh"]
    for cookie in (access, refresh):
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
    assert (access["path"], refresh["path"]) == ("/", "/user/refresh")
    assert (access["max-age"], refresh["max-age"]) == ("600", str(30 * 86400))


async def test_behind_tls_the_cookies_are_secure_and_host_bound(make_edge: object) -> None:
    web = {"public_url": "https://chat.example", "hsts_seconds": 77}
    edge = await make_edge(web=web)  # type: ignore[operator]
    await edge.signup()
    response = await edge.login()
    assert set(response.cookies) == {"__Host-access", "__Secure-refresh"}
    assert all(cookie["secure"] for cookie in response.cookies.values())
    assert response.cookies["__Host-access"]["path"] == "/"
    assert not response.cookies["__Host-access"]["domain"]
    assert response.headers["Strict-Transport-Security"] == "max-age=77"
    policy = response.headers["Content-Security-Policy"]
    assert "connect-src 'self' wss://chat.example;" in policy
    assert "upgrade-insecure-requests" in policy


async def test_without_tls_nothing_asks_for_it(edge: Edge) -> None:
    response = await edge.signup()
    assert "Strict-Transport-Security" not in response.headers
    assert "upgrade-insecure-requests" not in response.headers["Content-Security-Policy"]


async def test_behind_tls_a_page_of_plain_http_is_another_site(make_edge: object) -> None:
    edge = await make_edge(web={"public_url": "https://chat.example"})  # type: ignore[operator]
    await edge.signup()
    token = (await edge.login()).cookies["__Secure-refresh"].value
    edge.client.session.cookie_jar.clear()
    cookies = {"Cookie": f"__Secure-refresh={token}", "X-Forwarded-Proto": "http"}
    host = f"{edge.client.host}:{edge.client.port}"
    for origin in ("http://chat.example", f"http://{host}"):
        asked = cookies | {"Origin": origin}
        response = await edge.client.post("/user/refresh", headers=asked)
        assert (await fault_of(response))[:2] == (403, "ACCESS_DENIED")
    asked = cookies | {"Origin": "https://chat.example"}
    assert (await edge.client.post("/user/refresh", headers=asked)).status == 200


async def test_a_page_refreshes_by_cookie_only_from_its_own_origin(edge: Edge) -> None:
    await edge.signup()
    token = (await edge.login()).cookies["refresh"].value
    edge.client.session.cookie_jar.clear()
    cookies = {"Cookie": f"refresh={token}"}
    for origin in ({}, {"Origin": "http://evil.example"}):
        response = await edge.client.post("/user/refresh", headers=cookies | origin)
        assert (await fault_of(response))[:2] == (403, "ACCESS_DENIED")
    response = await edge.client.post("/user/refresh", headers=cookies | {"Origin": ORIGIN})
    assert response.status == 200
    assert await response.json() == {"tokenType": "Bearer", "expiresIn": 600}
    assert response.cookies["refresh"].value != token


async def test_a_logout_voids_the_tokens_and_is_told(edge: Edge) -> None:
    tokens = await edge.tokens()
    access = tokens["accessToken"]
    response = await edge.client.post("/user/logout", headers=bearer(access))
    assert response.status == 204
    assert response.cookies["access"].value == ""
    (told,) = edge.news.told
    edge.revocations.apply(told.sid, edge.clock.now + 600)
    assert (await fault_of(await edge.me(access)))[:2] == (401, "NOT_AUTHENTICATED")
    refresh = await edge.client.post("/user/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert refresh.status == 401


async def test_a_logout_stands_while_nobody_can_be_told(edge: Edge) -> None:
    tokens = await edge.tokens()
    edge.news.away = True
    response = await edge.client.post("/user/logout", headers=bearer(tokens["accessToken"]))
    assert response.status == 204
    assert [one.sid for one in await edge.sessions.unannounced()] == list(edge.sessions.ended)
    refresh = await edge.client.post("/user/refresh", json={"refreshToken": tokens["refreshToken"]})
    assert refresh.status == 401


async def test_a_logout_that_comes_again_is_done_or_has_no_login_any_more(edge: Edge) -> None:
    headers = bearer((await edge.tokens())["accessToken"])
    for _ in range(2):  # this front has not heard of the end yet
        assert (await edge.client.post("/user/logout", headers=headers)).status == 204
    (told,) = edge.news.told
    edge.revocations.apply(told.sid, edge.clock.now + 600)
    again = await edge.client.post("/user/logout", headers=headers)
    assert (await fault_of(again))[:2] == (401, "NOT_AUTHENTICATED")


async def test_a_logout_by_cookie_needs_the_same_origin(edge: Edge) -> None:
    tokens = await edge.tokens()
    headers = {"Cookie": f"access={tokens['accessToken']}"}
    refused = await edge.client.post("/user/logout", headers=headers)
    assert (await fault_of(refused))[:2] == (403, "ACCESS_DENIED")
    assert edge.news.told == []
    done = await edge.client.post("/user/logout", headers=headers | {"Origin": ORIGIN})
    assert done.status == 204


async def test_a_token_ends_with_its_time(edge: Edge) -> None:
    tokens = await edge.tokens()
    edge.clock.now += 599
    assert (await edge.me(tokens["accessToken"])).status == 200
    edge.clock.now += 1
    assert (await edge.me(tokens["accessToken"])).status == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x.y.z", "Basic abc", "Bearer " + "e" * 5000, "", "é"]
)
async def test_a_bad_authorization_header_is_refused(edge: Edge, header: str) -> None:
    response = await edge.client.get("/user/me", headers={"Authorization": header})
    assert (await fault_of(response))[:2] == (401, "NOT_AUTHENTICATED")
    assert response.headers["WWW-Authenticate"] == "Bearer"
