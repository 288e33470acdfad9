"""A token bucket: a burst at once, then a steady rate; and what a text costs of it."""

from __future__ import annotations

# What reads a text takes as long as the text is. Ordinary messages are shorter than this.
CHARACTERS_A_TOKEN = 400

# What the edge lets an account send unless the settings say otherwise: at once, and after it.
MESSAGE_BURST = 100
MESSAGES_A_SECOND = 10.0


def cost_of(text: str) -> int:
    """How many tokens a message costs: one for each 400 characters that it has begun."""
    return max(1, -(-len(text) // CHARACTERS_A_TOKEN))


class TokenBucket:
    """Holds at most `burst` tokens and regains `rate` a second; starts full at `now`."""

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float, cost: int = 1) -> float:
        """Take `cost` tokens and return 0, or take none and return the seconds until it may.

        What costs more than the bucket holds takes all of a full one.
        """
        self._refill(now)
        wanted = float(min(cost, self._burst))
        if self._tokens >= wanted:
            self._tokens -= wanted
            return 0.0
        return (wanted - self._tokens) / self._rate

    def full(self, now: float) -> bool:
        """True when forgetting the bucket changes nothing."""
        self._refill(now)
        return self._tokens >= self._burst

    def _refill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now
