"""Seal, sign and open: what a notice costs the client, a notice at a time in one process."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures import Figure, of_times
from bench.options import Options
from bench.region import OTHERS, SENDER, MeasuredRegion
from eads_client.opening import Reader, open_notice
from eads_client.seal import SealedNotice
from eads_wire.encoding import AgencyId
from eads_wire.header import Header
from tests import cast


class Given:
    """The issuer's keyring at hand and the log believed: opening alone, without a replica."""

    def __init__(self, region: MeasuredRegion) -> None:
        keyring = cast.decoded(region.keyrings[SENDER])
        self._keyrings = {keyring.agency: keyring}

    def keyrings_for(self, header: Header, index: int | None, now: datetime) -> Any:
        return self._keyrings

    def check_in_log(self, header: Header, index: int | None) -> None:
        """Whether a notice is in the log is asked once a poll, not once a notice."""


def _timed(seconds: float, act: Callable[[int], Any]) -> list[float]:
    times: list[float] = []
    act(0)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        act(len(times))
        times.append(time.perf_counter() - begin)
    return times


def run(options: Options) -> Iterator[Figure]:
    region = options.region
    share = max(options.seconds / 3, 0.5)
    with tempfile.TemporaryDirectory(prefix="eads-bench-") as name:
        for recipients in (1, 10):
            yield from _of(region, recipients, share, Path(name))


def _of(region: MeasuredRegion, recipients: int, share: float, folder: Path) -> Iterator[Figure]:
    with_own = f"{recipients} recipient{'s' if recipients > 1 else ''} and the issuer"
    sealed: list[SealedNotice] = []
    times = _timed(share, lambda _: sealed.append(region.notice(recipients, folder)))
    yield Figure("seal_open", f"seal to {with_own}", **of_times(times))
    signer = region.forces[SENDER]["liaison"].signing
    times = _timed(share, lambda n: sealed[n % len(sealed)].sign(signer))
    yield Figure("seal_open", f"sign once, {with_own}", **of_times(times))
    envelopes = [region.sign(notice).envelope() for notice in sealed[:200]]
    reader = Reader(AgencyId(OTHERS[0]), lambda _: region.forces[OTHERS[0]].epoch)
    grounds = Given(region)

    def open_one(number: int) -> None:
        raw = envelopes[number % len(envelopes)]
        open_notice(raw, reader=reader, grounds=grounds, index=0, held=None, now=datetime.now(UTC))

    times = _timed(share, open_one)
    size = sum(map(len, envelopes)) / len(envelopes)
    note = f"two signatures verified; the envelope has {size:,.0f} bytes"
    yield Figure("seal_open", f"open, {with_own}", note=note, **of_times(times))
