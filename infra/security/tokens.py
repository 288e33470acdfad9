"""Access tokens: JWT signed with Ed25519 (EdDSA), verified with the public keys alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jwt

from chatstream.errors import ErrorCode, UserError
from chatstream.ports.accounts import Account
from chatstream.ports.logins import Caller, Revocations
from chatstream.settings import AuthSettings
from infra.security.keyring import KeyRing

TYPE = "access"
LONGEST = 4096
CACHED = 20_000
_REQUIRED = ["iss", "aud", "exp", "iat", "sub", "sid", "typ", "handle", "name", "role"]
_TEXTS = ("sub", "sid", "handle", "name", "role")


class JwtIssuer:
    """ports.logins.TokenIssuer. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        keys: KeyRing,
        settings: AuthSettings,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._settings = settings
        self._clock = clock

    def issue(self, account: Account, sid: str) -> str:
        """See ports.logins.TokenIssuer."""
        now = int(self._clock())
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "iat": now,
            "exp": now + self._settings.access_ttl,
            "typ": TYPE,
            "sub": account.account_id,
            "sid": sid,
            "handle": account.user_id,
            "name": account.name,
            "role": account.role,
        }
        signer = self._keys.signer()
        return jwt.encode(claims, signer.key, algorithm="EdDSA", headers={"kid": signer.kid})


class JwtAuthenticator:
    """ports.logins.Authenticator: signature, issuer, audience, type, expiry and revocation.

    The signatures of the last `CACHED` good tokens are not verified again; expiry and revocation
    are looked at every time.
    """

    def __init__(
        self,
        keys: KeyRing,
        settings: AuthSettings,
        revocations: Revocations,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._settings = settings
        self._revocations = revocations
        self._clock = clock
        self._verified = lru_cache(maxsize=CACHED)(self._verify)

    def authenticate(self, token: str) -> Caller:
        """See ports.logins.Authenticator."""
        caller = self.recognise(token)
        if self._revocations.is_revoked(caller.sid):
            raise _refused("the login has ended")
        return caller

    def recognise(self, token: str) -> Caller:
        """See ports.logins.Authenticator."""
        if len(token) > LONGEST:
            raise _refused("the token is too long")
        try:
            caller = self._verified(token)
        except (jwt.PyJWTError, ValueError) as error:
            raise _refused(f"the token is not valid: {type(error).__name__}") from error
        if caller.expires_at <= self._clock():
            raise _refused("the token has expired")
        return caller

    def _verify(self, token: str) -> Caller:
        key = self._keys.verifying().get(str(jwt.get_unverified_header(token).get("kid")))
        if key is None:
            raise jwt.InvalidKeyError("unknown kid")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=["EdDSA"],
            issuer=self._settings.issuer,
            audience=self._settings.audience,
            # Expiry is compared by `authenticate` on every call, with its own clock.
            options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
        )
        is_ours = claims["typ"] == TYPE and type(claims["exp"]) is int
        if not is_ours or not all(isinstance(claims[name], str) for name in _TEXTS):
            raise jwt.InvalidTokenError("not an access token")
        return Caller(
            account_id=claims["sub"],
            user_id=claims["handle"],
            name=claims["name"],
            sid=claims["sid"],
            expires_at=claims["exp"],
            role=claims["role"],
        )


def _refused(reason: str) -> UserError:
    return UserError(ErrorCode.NOT_AUTHENTICATED, reason)
