"""``--once``: the whole journey of a notice, checked at every step, and nothing left behind."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from demo.cast import Cast
from demo.hub_process import HubProcess
from demo.leak_search import search
from demo.needles import texts_of
from demo.report import Report, Step, StepFailed
from eads_client import Client, Draft, NotFound, OpenedNotice
from eads_client.interpol import MAX_NOTICE_BYTES, ImportedNotice, import_path
from eads_client.payloads import Withdrawal, encode
from eads_wire.encoding import AgencyId, Digest

SENDER: Final = "ID-POLRI"
RECIPIENTS: Final = (AgencyId("MY-PDRM"), AgencyId("TH-RTP"))
OUTSIDER: Final = "SG-SPF"
_PATIENCE: Final = 60.0
# What stands in clear at the hub, and what stands in two layers of base64: the search must see
# both, or its silence about names would mean nothing.
_CONTROLS: Final = ("TH-RTP", f'"issuer":"{SENDER}"')


@dataclass(slots=True)
class _State:
    """What one step leaves to the next."""

    read: list[tuple[Path, ImportedNotice]] = field(default_factory=list)
    texts: tuple[str, ...] = ()
    known_before: frozenset[str] = frozenset()
    sent: dict[Digest, bytes] = field(default_factory=dict)
    withdrawn: Digest | None = None


class Journey:
    """One run.

    Args:
        cast: everybody.
        hub: the running hub.
        source: file or folder with notices in INTERPOL's form.
        report: where each step is told.
    """

    def __init__(self, cast: Cast, hub: HubProcess, source: Path, report: Report) -> None:
        self._cast = cast
        self._hub = hub
        self._source = source
        self._report = report
        self._state = _State()

    def run(self) -> None:
        """Every step in its order. Raises StepFailed when one cannot be done."""
        self._step("import", "import INTERPOL-form files", self._import)
        self._step("post", "seal, sign and post", self._send)
        self._step("approve", "second officer approves", self._approve)
        for agency in RECIPIENTS:
            self._step(
                f"poll-{agency}",
                f"{agency} polls, verifies, opens",
                partial(self._poll, agency),
            )
        self._step("delivered", "delivery receipts come back", self._receipts)
        self._step("outsider", f"{OUTSIDER}, no recipient, gets none", self._outsider)
        self._step("withdraw", "withdraw one", self._withdraw)
        self._step("purged", "purge receipts come back", self._purged)
        self._step("search", "search the hub for every name", self._search)

    def _step(self, name: str, title: str, work: Callable[[Step], None]) -> None:
        with self._report.step(name, title) as step:
            work(step)

    def _client(self, agency: str, role: str) -> Client:
        return self._cast.client(agency, role)

    # ------------------------------------------------------------ the steps

    def _import(self, step: Step) -> None:
        state, refused = self._state, []
        unmapped = 0
        for result in import_path(self._source):
            if result.notice is None:
                refused.append(str(result.error))
            else:
                state.read.append((result.file, result.notice))
                unmapped += len(result.notice.unmapped)
        state.texts = texts_of(_documents(self._source))
        # Before the first notice: what stands at the hub already did not come from one.
        state.known_before = frozenset(search(self._hub.data, state.texts).finds)
        step.counts = {
            "files": len(state.read) + len(refused),
            "read": len(state.read),
            "refused": len(refused),
            "fields_kept_under_source": unmapped,
            "refusals": refused,
        }
        if not state.read:
            raise StepFailed(f"{self._source}: no notice could be read")

    def _send(self, step: Step) -> None:
        liaison = self._client(SENDER, "liaison")
        waiting = 0
        for _, notice in self._state.read:
            content = encode(notice.payload)
            status = liaison.issue(Draft(content=notice.payload), to=RECIPIENTS)
            self._state.sent[status.digest] = content
            waiting += status.state == "pending"
            step.check(status.state != "refused", f"{status.digest} was refused: {status.reason}")
        step.counts = {"posted": len(self._state.sent), "waiting_for_a_second_officer": waiting}
        step.check(len(self._state.sent) == len(self._state.read), "two notices have one digest")

    def _approve(self, step: Step) -> None:
        approver = self._client(SENDER, "approver")
        waiting = [each for each in approver.pending() if each.digest in self._state.sent]
        early = self._held_by(RECIPIENTS[0])
        step.check(
            not early & {each.digest for each in waiting}, "a recipient saw an unsigned notice"
        )
        signed = 0
        for each in waiting:
            status = approver.approve(each.digest, self._is_what_was_sent)
            signed += status is not None and status.state in ("accepted", "logged")
        serious = sum(n.notice_type == "wanted-person" for _, n in self._state.read)
        step.counts = {"shown_and_signed": signed}
        step.check(signed == serious, f"{serious} needed a second officer, {signed} were signed")

    def _is_what_was_sent(self, notice: OpenedNotice) -> bool:
        return notice.content == self._state.sent[notice.digest]

    def _poll(self, agency: AgencyId, step: Step) -> None:
        wrong = []
        opened: set[Digest] = set()
        for arrival in self._arrivals(agency, len(self._state.sent) - len(self._held_by(agency))):
            if arrival.notice is None or arrival.event != "new":
                wrong.append(f"{arrival.digest}: {arrival.event} {arrival.failure or ''}")
        client = self._client(agency, "service")
        for notice in client.notices():
            if notice.content == self._state.sent.get(notice.digest):
                opened.add(notice.digest)
        step.counts = {"opened": len(opened)}
        step.problems += wrong
        step.check(opened == set(self._state.sent), "not every notice is here as it was sent")

    def _receipts(self, step: Step) -> None:
        client = self._client(SENDER, "liaison")
        list(client.poll())
        counted = 0
        for digest in self._state.sent:
            states = self._await_receipts(client, digest, "delivered")
            counted += sum(states.get(agency) == "delivered" for agency in RECIPIENTS)
        step.counts = {"verified_receipts": counted}
        wanted = len(self._state.sent) * len(RECIPIENTS)
        step.check(counted == wanted, f"{wanted} receipts are due, {counted} verify")

    def _outsider(self, step: Step) -> None:
        client = self._client(OUTSIDER, "service")
        arrived = list(client.poll())
        refused = 0
        for digest in self._state.sent:
            try:
                client.status(digest)
            except NotFound:
                refused += 1
        step.counts = {"in_its_mailbox": len(arrived), "digests_refused": refused}
        step.check(not arrived, "the outsider's mailbox is not empty")
        step.check(refused == len(self._state.sent), "the outsider could fetch a notice by digest")

    def _withdraw(self, step: Step) -> None:
        liaison = self._client(SENDER, "liaison")
        chosen = next(iter(self._state.sent))
        content = Withdrawal(reason="purpose-achieved", text="What was asked for has been done.")
        status = liaison.withdraw(chosen, content)
        if status.state == "pending":
            self._client(SENDER, "approver").approve(status.digest, lambda _: True)
        events = []
        for agency in RECIPIENTS:
            events += [a.event for a in self._arrivals(agency, 1)]
            left = self._client(agency, "service").notice(chosen)
            step.check(left.payload is None, f"{agency} still holds the content")
        self._state.withdrawn = chosen
        step.counts = {"withdrawn": 1, "recipients_erased_it": events.count("withdrawn")}
        step.check(events == ["withdrawn"] * len(RECIPIENTS), f"events: {events}")

    def _purged(self, step: Step) -> None:
        if self._state.withdrawn is None:
            raise StepFailed("nothing was withdrawn")
        client = self._client(SENDER, "liaison")
        states = self._await_receipts(client, self._state.withdrawn, "purged")
        purged = [agency for agency in RECIPIENTS if states.get(agency) == "purged"]
        step.counts = {"verified_purge_receipts": len(purged)}
        step.check(len(purged) == len(RECIPIENTS), f"only {purged} signed for the purge")

    def _search(self, step: Step) -> None:
        control = search(self._hub.data, _CONTROLS)
        for text in _CONTROLS:
            step.check(text in control.finds, f"the search does not find {text}: it proves nothing")
        looked_for = [text for text in self._state.texts if text not in self._state.known_before]
        found = search(self._hub.data, looked_for)
        step.counts = {
            "texts": len(looked_for),
            "found": len(found.finds),
            "files": found.files,
            "KiB": found.bytes // 1024,
            "controls_found": len(control.finds),
            "left_out": len(self._state.known_before),
            "left_out_texts": sorted(self._state.known_before),
        }
        step.check(bool(looked_for), "there is nothing to search for")
        for find in found.finds.values():
            step.check(False, f"{find.text!r} stands in {find.where} as {find.encoding}")

    # ------------------------------------------------------------ waiting

    def _held_by(self, agency: str) -> set[Digest]:
        client = self._client(agency, "service")
        list(client.poll())
        return {notice.digest for notice in client.notices()}

    def _arrivals(self, agency: str, wanted: int) -> Iterator[Any]:
        """What comes within a minute, until as many as are due are here."""
        client, end, came = self._client(agency, "service"), time.monotonic() + _PATIENCE, 0
        while True:
            for arrival in client.poll(1 if came < wanted else 0):
                came += 1
                yield arrival
            if came >= wanted or time.monotonic() > end:
                return

    def _await_receipts(self, client: Client, digest: Digest, state: str) -> dict[AgencyId, str]:
        end = time.monotonic() + _PATIENCE
        while True:
            states: dict[AgencyId, str] = {d.agency: d.state for d in client.receipts(digest)}
            there = all(states.get(agency) == state for agency in RECIPIENTS)
            if there or time.monotonic() > end:
                return states
            time.sleep(0.1)


def _documents(source: Path) -> Iterator[dict[str, Any]]:
    """The input's files as JSON, those that were refused too where they can be parsed."""
    for path in sorted(source.glob("*.json")) if source.is_dir() else [source]:
        try:
            document = json.loads(path.read_bytes()[: MAX_NOTICE_BYTES + 1])
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            yield document
