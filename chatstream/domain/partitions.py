"""The one function that maps a key to a partition: Kafka's murmur2 of the raw key.

Every producer sets the partition explicitly with it, and every table and database lookup uses it,
so that a room is always decided by one worker. The algorithm is that of Kafka's Java client
(`org.apache.kafka.common.utils.Utils.murmur2` and `toPositive`).
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
_SEED = 0x9747B28C


def murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 of the bytes, unsigned."""
    length = len(data)
    h = _SEED ^ length
    whole = length & ~3
    for offset in range(0, whole, 4):
        k = int.from_bytes(data[offset : offset + 4], "little")
        k = (k * _M) & _MASK
        k ^= k >> 24
        k = (k * _M) & _MASK
        h = ((h * _M) & _MASK) ^ k
    rest = data[whole:]
    if rest:
        h ^= int.from_bytes(rest, "little")
        h = (h * _M) & _MASK
    h ^= h >> 13
    h = (h * _M) & _MASK
    return h ^ (h >> 15)


def partition_of(key: str, partitions: int) -> int:
    """The partition of a room id or account id, from 0 to `partitions - 1`."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
