"""The cast: the Secretariat and ten forces, each officer with a profile and keys of their own."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from demo.forces import BY_AGENCY, FORCES, Force
from demo.hub_process import HubProcess
from demo.report import StepFailed
from eads_client import Client, EnrolmentRequest, Profile, RegionCeremony, Settings
from eads_client.agency_ceremony import AgencyCeremony, publish_keyring
from eads_client.key_requests import OfficerRequest, create_officer
from eads_client.keystore import Keystore
from eads_client.passphrase import Stretching
from eads_client.private_files import make_private_folder, write_private
from eads_client.signed_chain import Proposal
from eads_client.sync import sync_region
from eads_wire.encoding import AgencyId, OfficerId

REGION: Final = "SEA"
# Forty profiles are opened here one after the other: the lowest cost that a key file may state.
CHEAP: Final = Stretching(memory_kib=8 * 1024, passes=1)
_PATIENCE: Final = 60.0


class Cast:
    """Everybody who takes part.

    Args:
        folder: where the profiles go: ``<folder>/<agency>/<officer>``.
        hub: the running hub.
    """

    def __init__(self, folder: Path, hub: HubProcess) -> None:
        self._folder = folder
        self._hub = hub
        self._open: dict[tuple[str, str], Client] = {}
        self.passphrase = secrets.token_urlsafe(18)
        self.passphrase_file = folder / "passphrase"

    def create(self) -> dict[str, int]:
        """Make everybody's keys, found the region, publish every keyring; what was counted."""
        make_private_folder(self._folder)
        write_private(self.passphrase_file, self.passphrase.encode() + b"\n")
        enrolments = [self._found(force) for force in FORCES]
        fingerprint = self._found_region(enrolments)
        for force in FORCES:
            for officer, _ in force.officers:
                Profile.open(self.profile(force.agency, officer)).change(
                    region_fingerprint=fingerprint
                )
            self._publish(force)
        officers = sum(len(force.officers) for force in FORCES)
        return {"forces": len(FORCES), "officers": officers}

    def profile(self, agency: str, officer: str) -> Path:
        """The profile of an officer."""
        return self._folder / agency / officer

    def client(self, agency: str, role: str) -> Client:
        """The client of a force's liaison, approver, admin or service; opened once."""
        force = BY_AGENCY[agency]
        officer = next(name for name, own in force.officers if own == role)
        if (agency, role) not in self._open:
            client = Client.open(self.profile(agency, officer), self.passphrase)
            client.sync_trust()
            self._open[agency, role] = client
        return self._open[agency, role]

    def close(self) -> None:
        """Close every client."""
        for client in self._open.values():
            client.close()
        self._open.clear()

    # ------------------------------------------------------------ keys

    def _make_profile(self, agency: str | None, officer: str) -> tuple[Profile, Keystore]:
        settings = Settings(
            hub=self._hub.address,
            agency=AgencyId(agency) if agency else None,
            officer=OfficerId(officer),
        )
        path = self.profile(agency or "secretariat", officer)
        profile = Profile.create(path, settings, self.passphrase, stretching=CHEAP)
        return profile, profile.unlock(self.passphrase)

    def _found(self, force: Force) -> EnrolmentRequest:
        """Every officer makes keys; the key administrator lists them in the first keyrings."""
        admin, keystore = self._make_profile(force.agency, force.admin)
        ceremony = AgencyCeremony(admin, keystore)
        enrolment = ceremony.create_agency(country=force.country, name=force.name)
        for officer, role in force.officers:
            if role != "admin":
                request = create_officer(*self._make_profile(force.agency, officer))
                # Through its file form, as it travels between two machines.
                ceremony.add_officer(OfficerRequest.decode(request.encode()), [role])
        return EnrolmentRequest.decode(enrolment.encode())

    def _found_region(self, enrolments: list[EnrolmentRequest]) -> str:
        verifier_key = self._hub.run("logkey", "--print").strip()
        ceremony = RegionCeremony(*self._make_profile(None, "registrar"))
        self._hand_over(
            ceremony.create(
                region=REGION, origin=verifier_key.partition("+")[0], log_keys=[verifier_key]
            )
        )
        self._hand_over(ceremony.enrol(*enrolments))
        return ceremony.fingerprint

    def _hand_over(self, proposal: Proposal) -> None:
        path = self._folder / f"region-{proposal.version}.json"
        write_private(path, proposal.document)
        self._hub.run("region", "publish", str(path))

    def _publish(self, force: Force) -> None:
        with self._client_of_admin(force) as client:
            self._await_region(client)
            ceremony = AgencyCeremony(client.profile, client.session.keystore)
            publish_keyring(client.session, ceremony, sleep=lambda _: time.sleep(0.05), tries=1200)

    @contextlib.contextmanager
    def _client_of_admin(self, force: Force) -> Iterator[Client]:
        with Client.open(self.profile(force.agency, force.admin), self.passphrase) as client:
            yield client

    def _await_region(self, client: Client) -> None:
        """The region is in the log a moment after its operator has handed it in."""
        end = time.monotonic() + _PATIENCE
        while True:
            with contextlib.suppress(Exception):
                sync_region(client.session)
            if client.trust.region_version >= 2:
                return
            if time.monotonic() > end:
                raise StepFailed("the region is not in the log")
            time.sleep(0.1)
