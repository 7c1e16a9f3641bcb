"""Polls a second: nothing new, and a page of a hundred notices."""

from __future__ import annotations

from collections.abc import Iterator

from bench.driving import ask, drive, http_request
from bench.figures import Figure
from bench.hubs import KINDS, Hub
from bench.options import Options
from bench.region import OTHERS, SENDER
from tests.services import UnavailableError

PAGE = 100
CLIENTS = (1, 8, 32)


def run(options: Options) -> Iterator[Figure]:
    envelopes = options.region.envelopes(PAGE, 1)
    for kind in options.hubs:
        try:
            with KINDS[kind](options.region) as hub:
                yield from _measure(hub, envelopes, options)
        except UnavailableError as reason:
            options.say(f"not measured: {reason}")


def _measure(hub: Hub, envelopes: list[bytes], options: Options) -> Iterator[Figure]:
    token = hub.token(SENDER, "liaison")
    posts = [http_request("POST", "notices", token, envelope) for envelope in envelopes]
    posted = drive(hub.port, posts, clients=8, seconds=60, warm=0)
    if posted.statuses != {"201": PAGE}:
        raise RuntimeError(f"{hub.name}: the mailbox could not be filled: {posted.statuses}")
    # The recipient's place is known to the region: the first of the others.
    token = hub.token(OTHERS[0], "liaison")
    path = f"mailbox?after={PAGE}&limit={PAGE}"
    _, headers = ask(hub.address + path, headers={"Authorization": f"Bearer {token}"})
    empty = http_request("GET", path, token, headers={"If-None-Match": headers["ETag"]})
    full = http_request("GET", f"mailbox?after=0&limit={PAGE}", token)
    for what, request, status in (("nothing new", empty, "304"), ("100 notices", full, "200")):
        for clients in CLIENTS:
            options.say(f"poll on {hub.name}: {what}, {clients} clients")
            outcome, cost = hub.measure(
                [request], clients=clients, seconds=options.seconds, repeat=True
            )
            fields = outcome.fields([status])
            if status == "200":
                megabytes = outcome.received / len(outcome.times) / 1e6
                fields["note"] = f"{megabytes:.2f} MB a page {fields['note']}".strip()
            else:
                spent = outcome.processor_seconds / outcome.seconds
                fields["note"] = f"the load itself used {spent:.2f} cores {fields['note']}".strip()
            plural = "s" if clients > 1 else ""
            yield Figure(
                "poll", f"{what}, {clients} client{plural}", hub.name, processor_ms=cost, **fields
            )
