"""How long a notice may live: expiry is mandatory, and at most this long after the issue.

Five years for arrest and missing persons, three for judicial matters, one for information. The
hub enforces the same table; it stands in `eads_wire`, where both can read it.
"""

from __future__ import annotations

from datetime import timedelta

from eads_wire.notice_types import LONGEST_LIFE


def max_lifetime(notice_type: str) -> timedelta:
    """The longest time between issue and expiry.

    Args:
        notice_type: type of the envelope.

    Returns:
        The time from `issued` to `expires` that the hub and recipients accept at most.

    Raises:
        KeyError: no such type.
    """
    return LONGEST_LIFE[notice_type]
