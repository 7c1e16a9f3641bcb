"""Withdrawal: the payload of an envelope with `act: withdraw`, the same for every type.

Recipients erase their copies on it. The reason is sealed like everything else; the hub keeps a
tombstone without it.
"""

from __future__ import annotations

from typing import Literal

from eads_client.payloads.action_codes import WithdrawalReason
from eads_client.payloads.record import Block, Record


class Withdrawal(Record):
    """Withdrawal of a notice."""

    type: Literal["withdrawal"] = "withdrawal"
    """Type of the payload."""
    reason: WithdrawalReason
    text: Block
    """The reason in words. No personal data beyond what recipients need."""
