"""The demo that stays: scenes between the forces, and what to try with them afterwards."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Final

from demo.cast import Cast
from demo.forces import BY_AGENCY, FORCES
from demo.hub_process import HubProcess
from demo.report import Report, Step
from eads_client import Draft, NoticeStatus
from eads_client.interpol import read_notice
from eads_client.payloads import (
    Correction,
    Flag,
    Hit,
    Message,
    Payload,
    TraffickingRoute,
    WantedPerson,
    Withdrawal,
    decode,
)
from eads_client.payloads.places import Place
from eads_wire.encoding import AgencyId, Digest

_SAMPLES: Final = resources.files("eads_client.samples")


def _sample(notice_type: str) -> Payload:
    return decode(notice_type, "issue", (_SAMPLES / f"{notice_type}.json").read_bytes())


def _from_interpol(name: str) -> Payload:
    return read_notice((_SAMPLES / "interpol" / f"{name}.json").read_bytes()).payload


class Scenes:
    """What happens between the forces before the demo leaves the hub to its visitor.

    Args:
        cast: everybody.
        report: where each scene is told.
    """

    def __init__(self, cast: Cast, report: Report) -> None:
        self._cast = cast
        self._report = report
        self.wanted = Digest("")
        self.pending = Digest("")

    def play(self) -> None:
        """Every scene in its order. Raises StepFailed when one cannot be played."""
        with self._report.step("wanted", "TH-RTP: wanted, with photograph") as step:
            self._wanted_with_photograph(step)
        with self._report.step("route", "ID-POLRI: trafficking route") as step:
            self._route(step)
        with self._report.step("samples", "KH-CNP, MM-MPF, LA-GDP, BN-RBPF: notices") as step:
            self._from_samples(step)
        with self._report.step("pending", "PH-PNP: waits for a second officer") as step:
            self._waiting(step)
        with self._report.step("withdrawn", "VN-MPS: missing, then withdrawn") as step:
            self._withdrawn(step)
        with self._report.step("answers", "answers: hit, message, flag, correction") as step:
            self._answers(step)
        with self._report.step("poll", "everybody polls") as step:
            self._everybody_polls(step)

    # ------------------------------------------------------------ scenes

    def _wanted_with_photograph(self, step: Step) -> None:
        content = _sample("wanted-person")
        if not isinstance(content, WantedPerson):
            raise TypeError("the sample is no wanted person")
        with resources.as_file(_SAMPLES / "photograph.png") as photograph:
            draft = Draft(
                content=content, files=(Path(photograph),), priority="urgent", hidden=_ids("LA-GDP")
            )
            status = self._issue("TH-RTP", draft, ("ID-POLRI", "MY-PDRM", "SG-SPF", "KH-CNP"))
        self.wanted = status.digest
        step.counts = {"recipients": 5, "of_them_hidden": 1, "photograph": 1}

    def _route(self, step: Step) -> None:
        content = _sample("trafficking-route")
        draft = Draft(content=content, area="trafficking-in-persons")
        self._issue("ID-POLRI", draft, ("MY-PDRM", "TH-RTP", "KH-CNP", "MM-MPF"))
        legs = content.legs if isinstance(content, TraffickingRoute) else ()
        step.counts = {"legs": len(legs), "recipients": 4}

    def _from_samples(self, step: Step) -> None:
        cast = (
            ("KH-CNP", "2022-58330", ("TH-RTP", "VN-MPS")),
            ("MM-MPF", "2019-44570", ("TH-RTP", "LA-GDP")),
            ("LA-GDP", "2018-27716", ("TH-RTP", "VN-MPS", "KH-CNP")),
            ("BN-RBPF", "2015-9348", ("MY-PDRM",)),
        )
        for agency, name, to in cast:
            self._issue(agency, Draft(content=_from_interpol(name)), to)
        step.counts = {"notices": len(cast)}

    def _waiting(self, step: Step) -> None:
        draft = Draft(content=_from_interpol("2020-29964"))
        liaison = self._cast.client("PH-PNP", "liaison")
        status = liaison.issue(draft, to=("ID-POLRI", "MY-PDRM"))
        self.pending = status.digest
        step.counts = {"missing": f"waits for {', '.join(status.missing)}"}
        step.check(status.state == "pending", f"the notice is {status.state}")

    def _withdrawn(self, step: Step) -> None:
        status = self._issue("VN-MPS", Draft(content=_missing()), ("LA-GDP", "KH-CNP"))
        for agency in ("LA-GDP", "KH-CNP"):
            self._poll(agency)
        self._poll("VN-MPS", "liaison")
        liaison = self._cast.client("VN-MPS", "liaison")
        content = Withdrawal(reason="found", text="She is back with her family.")
        liaison.withdraw(status.digest, content)
        for agency in ("LA-GDP", "KH-CNP"):
            self._poll(agency)
        purged = [d.agency for d in liaison.receipts(status.digest) if d.state == "purged"]
        step.counts = {"purge_receipts": len(purged)}

    def _answers(self, step: Step) -> None:
        hit = Hit(
            outcome="located",
            found_at="2026-11-20T07:30:00Z",
            place=Place(name="Padang Besar", country="MY"),
            matched_on=("photograph", "document"),
            confirmed_by="Insp. Faridah Hashim",
            details="Seen in the queue for buses; the border pass is the one in the notice.",
            questions="Shall we hold him, and until when?",
        )
        told = self._answer("MY-PDRM", self.wanted, replace(Draft(content=hit), priority="urgent"))
        message = Message(subject="Hold him", text="Please hold; the request follows today.")
        self._answer("TH-RTP", told, Draft(content=message))
        flag = Flag(
            reason="incomplete", territory="KH", text="The charge does not name a place or date."
        )
        self._answer("KH-CNP", self.wanted, Draft(content=flag))
        correction = Correction(kind="outdated", text="The passport was reported lost in May.")
        self._answer("SG-SPF", self.wanted, Draft(content=correction))
        step.counts = {"answers": 4}

    def _everybody_polls(self, step: Step) -> None:
        for force in FORCES:
            for role in ("service", "liaison"):
                self._poll(force.agency, role)
        held = {
            force.agency: len(list(self._cast.client(force.agency, "liaison").notices()))
            for force in FORCES
        }
        step.counts = {"notices_held": sum(held.values())}
        step.check(held["SG-SPF"] >= 1, "SG-SPF holds nothing")

    # ------------------------------------------------------------ acting

    def _issue(self, agency: str, draft: Draft, to: Sequence[str]) -> NoticeStatus:
        """Issue with as many officers as the type needs."""
        status = self._cast.client(agency, "liaison").issue(draft, to=to)
        if status.state == "pending":
            approver = self._cast.client(agency, "approver")
            return approver.approve(status.digest, lambda _: True) or status
        return status

    def _answer(self, agency: str, digest: Digest, draft: Draft) -> Digest:
        self._poll(agency, "liaison")
        return self._cast.client(agency, "liaison").reply(digest, draft).digest

    def _poll(self, agency: str, role: str = "service") -> None:
        for arrival in self._cast.client(agency, role).poll(1):
            if arrival.failure is not None:
                raise arrival.failure


def _ids(*agencies: str) -> tuple[AgencyId, ...]:
    return tuple(AgencyId(agency) for agency in agencies)


def _missing() -> Payload:
    template = resources.files("eads_client.cli") / "templates" / "missing-person.json"
    return decode("missing-person", "issue", template.read_bytes())


def what_to_try(folder: Path, hub: HubProcess, cast: Cast, scenes: Scenes) -> str:
    """The text for the visitor: commands to paste."""

    def at(agency: str, role: str) -> str:
        force = BY_AGENCY[agency]
        officer = next(name for name, own in force.officers if own == role)
        return f"--profile {shlex.quote(str(cast.profile(agency, officer)))}"

    malaysia, manila = at("MY-PDRM", "liaison"), at("PH-PNP", "approver")
    return f"""
The hub runs at {hub.address}; Ctrl-C ends it. Ten forces, four officers each, every one with a
profile and keys of their own, lie in {folder / "profiles"}.

In another terminal:

  export EADS_PASSPHRASE_FILE={shlex.quote(str(cast.passphrase_file))}

What Malaysia holds, one notice with its photograph, and the thread of a hit with its clock:
  ./run eads list {malaysia}
  ./run eads open {scenes.wanted[:12]} --files {shlex.quote(str(folder / "photographs"))} {malaysia}
  ./run eads thread {scenes.wanted[:12]} {at("TH-RTP", "liaison")}

A notice of the Philippines waits for a second officer; Malaysia sees nothing of it until then:
  ./run eads pending {manila}
  ./run eads approve {scenes.pending[:12]} {manila}
  ./run eads poll {malaysia}

Write, seal and send one yourself (missing persons need one officer):
  ./run eads draft new mine --template --type missing-person --to TH-RTP,SG-SPF {malaysia}
  ./run eads seal mine --post {malaysia}
  ./run eads receipts {scenes.wanted[:12]} {at("TH-RTP", "liaison")}

What the hub itself holds, with curl (it is ciphertext):
  curl -s -H "Authorization: Bearer $(./run eads token {malaysia})" \\
    '{hub.address}/api/v1/mailbox?after=0&limit=1'
"""
