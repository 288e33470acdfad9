"""Where the claims of a campaign lie: its slices, one for each of its partitions."""

from __future__ import annotations

from chatstream.domain.partitions import murmur2


def slice_of(campaign_id: str, account_id: str, partitions: int) -> int:
    """The slice of an account's claims, from 0 to `partitions - 1`; always the same one.

    It lies as many partitions behind the home of the campaign.
    """
    if partitions == 1:  # most campaigns, and the hash is dear beside the rest of a claim
        return 0
    return murmur2(f"{campaign_id}{account_id}".encode()) % partitions


def stock_of(stock: int, partitions: int) -> tuple[int, ...]:
    """The stock in slices as equal as can be, the larger ones first."""
    each, more = divmod(stock, partitions)
    return tuple(each + (index < more) for index in range(partitions))
