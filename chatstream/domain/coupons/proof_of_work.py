"""Proof of work: what a claim costs its sender where a campaign asks for it.

Nothing is kept of a challenge. It is a time and a MAC under a key that all fronts share, over the
campaign, the account, the bits and that time: so any front checks what another one set, nobody
works ahead of the opening by more than that time, and no proof serves another account. Within its
time a proof may be sent again, as a repeat of a claim must.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from chatstream.errors import InvalidInput, invalid

MOST_BITS = 24
LASTS = 300
"""Seconds that a challenge holds: 24 bits take a slow telephone about a minute."""

_MAC_BYTES = 16
_NONCE_DIGITS = 16
_PROOF = re.compile(
    rf"(?P<challenge>(?P<until>[1-9][0-9]{{0,11}})\.[0-9a-f]{{{2 * _MAC_BYTES}}})"
    rf"\.[0-9]{{1,{_NONCE_DIGITS}}}"
)


@dataclass(frozen=True, slots=True)
class Task:
    """For what work is done: a claim of this account in this campaign, worth so many bits."""

    campaign_id: str
    account_id: str
    bits: int


def challenge_of(key: bytes, task: Task, until: int) -> str:
    """The challenge that holds until this second since the epoch."""
    said = "\n".join((task.campaign_id, task.account_id, str(task.bits), str(until)))
    mac = hmac.digest(key, said.encode(), "sha256")[:_MAC_BYTES]
    return f"{until}.{mac.hex()}"


def zero_bits(proof: str) -> int:
    """With how many zero bits the SHA-256 of a proof begins."""
    digest = sha256(proof.encode()).digest()
    return 8 * len(digest) - int.from_bytes(digest).bit_length()


def check_proof(key: bytes, task: Task, proof: str | None, now: float) -> None:
    """INVALID_INPUT for `proof` that does not pay for the task at this second since the epoch.

    A proof is its challenge, a full stop and a decimal number by which its SHA-256 begins with as
    many zero bits as the task has. A task of no bits asks for none and passes over what is given.
    """
    if task.bits == 0:
        return
    fault = _fault_of(key, task, proof, now)
    if fault is not None:
        raise fault


def _fault_of(key: bytes, task: Task, proof: str | None, now: float) -> InvalidInput | None:
    if proof is None:
        return invalid("proof", "must be given for this campaign")
    said = _PROOF.fullmatch(proof)
    if said is None:
        return invalid("proof", "must be a challenge of this campaign and a number")
    if int(said["until"]) < now:
        return invalid("proof", "must answer a newer challenge: this one has run out")
    expected = challenge_of(key, task, int(said["until"]))
    if not hmac.compare_digest(expected, said["challenge"]):
        return invalid("proof", "must be a challenge of this campaign and a number")
    if zero_bits(proof) < task.bits:
        return invalid("proof", "must begin with more zero bits")
    return None
