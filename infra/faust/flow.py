"""Faust's switch that suspends the streams at a rebalance, without a trap.

Faust's recovery resumes the flow up to four times after a rebalance: when it begins to read the
changelogs, for the standbys, and at its end. Each time all queues are emptied, also when records
flow already. What lay in a queue then is lost to this worker: a wish until the next rebalance (and
for good, once a later one of its partition is acknowledged), a standby's record until its changelog
is read from the beginning.
"""

from __future__ import annotations

from mode.utils.queues import FlowControlEvent


class KeepingFlow(FlowControlEvent):
    """Empties the queues when what was suspended resumes, and only then."""

    def resume(self) -> None:
        """Let records into the queues again; nothing happens while they flow."""
        if not self.is_active():
            super().resume()
