"""``./run bench [NAME...] [--seconds N] [--json]``."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence

from bench import machine, memory, poll, post, seal_open, webhook
from bench.figures import Figure, show
from bench.hubs import HubFailed
from bench.options import Options

BENCHES: dict[str, Callable[[Options], Iterator[Figure]]] = {
    "seal_open": seal_open.run,
    "post": post.run,
    "poll": poll.run,
    "webhook": webhook.run,
    "memory": memory.run,
}
HUBS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./run bench", description="How fast, on this machine.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (3)")
    parser.add_argument("--hub", choices=HUBS, action="append", help="only this kind of hub")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    asked = parser.parse_args(words)
    unknown = sorted(set(asked.names) - BENCHES.keys())
    if unknown:
        parser.error(f"no such bench: {', '.join(unknown)}")
    if not 0 < asked.seconds <= 300:
        parser.error("--seconds is from above 0 to 300")
    return asked


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def main(words: Sequence[str]) -> int:
    asked = _arguments(words)
    # So that hubs are ended and their databases dropped when the run is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    hubs = tuple(HUBS[name] for name in asked.hub or HUBS)
    options = Options(seconds=asked.seconds, say=_say, hubs=hubs)
    described = machine.describe()
    figures: list[Figure] = []
    failed = False
    try:
        for name in asked.names or BENCHES:
            try:
                for figure in BENCHES[name](options):
                    figures.append(figure)
            except HubFailed as reason:
                # What was measured before stays; the run as a whole has failed.
                failed = True
                _say(f"{name} was cut short: {reason}")
    except KeyboardInterrupt:
        _say("stopped; what was started is ended")
        return 130
    if asked.json:
        body = {"machine": described, "figures": [figure.to_json() for figure in figures]}
        print(json.dumps(body, indent=1))
    else:
        print(machine.as_text(described))
        show(figures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
