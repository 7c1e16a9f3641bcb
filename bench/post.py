"""POST: sealed notices a second, each verified with two signatures, stored, logged and answered."""

from __future__ import annotations

from collections.abc import Iterator

from bench.driving import http_request
from bench.figures import Figure
from bench.hubs import KINDS, Hub
from bench.options import Options
from bench.region import SENDER
from tests.services import UnavailableError

CLIENTS = (1, 8, 32)
RECIPIENTS = (1, 10)
AT_MOST = {1: 250, 8: 700, 32: 700}
"""Envelopes kept ready for each second: more than two cores can take."""


def run(options: Options) -> Iterator[Figure]:
    counts = {clients: int(AT_MOST[clients] * options.seconds) for clients in CLIENTS}
    ready: dict[int, list[bytes]] = {}
    for recipients in RECIPIENTS:
        options.say(f"sealing {sum(counts.values())} notices to {recipients}")
        ready[recipients] = options.region.envelopes(sum(counts.values()), recipients)
    for kind in options.hubs:
        try:
            with KINDS[kind](options.region) as hub:
                for recipients in RECIPIENTS:
                    yield from _measure(hub, recipients, ready[recipients], counts, options)
        except UnavailableError as reason:
            options.say(f"not measured: {reason}")


def _measure(
    hub: Hub, recipients: int, ready: list[bytes], counts: dict[int, int], options: Options
) -> Iterator[Figure]:
    token = hub.token(SENDER, "liaison")
    at = 0
    for clients, count in counts.items():
        mine, at = ready[at : at + count], at + count
        options.say(f"POST on {hub.name}: {recipients} recipients, {clients} clients")
        requests = [http_request("POST", "notices", token, envelope) for envelope in mine]
        outcome, spent = hub.measure(requests, clients=clients, seconds=options.seconds)
        what = f"{clients} client{'s' if clients > 1 else ''}, {recipients} recipient"
        what += "s" if recipients > 1 else ""
        yield Figure("post", what, hub.name, processor_ms=spent, **outcome.fields(["201"]))
