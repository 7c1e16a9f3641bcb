"""The region that is measured: one sender, ten other forces, and what they write."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from eads_client.bearer import Identity, make_assertion
from eads_client.seal import SealedNotice, seal
from eads_wire.encoding import AgencyId, OfficerId
from tests import cast
from tests.cast import Force, Person
from transparency.signer import LogSigner

SENDER = "ID-POLRI"
OTHERS = (
    "BN-RBPF", "KH-CNP", "LA-MPS", "MM-MPF", "MY-PDRM",
    "PH-PNP", "SG-SPF", "TH-RTP", "TL-PNTL", "VN-MPS",
)  # fmt: skip
ROLES = ("liaison", "approver", "admin", "service")
PAYLOAD = Path(__file__).resolve().parent.parent / "eads_client/samples/wanted-person.json"


def _force(agency: str) -> Force:
    people = {role: Person(f"{role}.one", (role,)) for role in ROLES}
    return Force(AgencyId(agency), agency[:2], people=people)


@dataclass
class MeasuredRegion:
    """Eleven forces with keys, and the log's key; the documents are made once."""

    forces: dict[str, Force] = field(
        default_factory=lambda: {name: _force(name) for name in (SENDER, *OTHERS)}
    )
    log_seed: bytes = bytes(range(32))

    @cached_property
    def document(self) -> bytes:
        """Version 1 of the region."""
        signer = LogSigner(cast.ORIGIN, self.log_seed)
        root = cast.SigningKey.generate()
        return cast.region(self.forces.values(), root, signer.verifier_key)

    @cached_property
    def keyrings(self) -> dict[str, bytes]:
        """Version 1 of every keyring."""
        return {name: force.keyring() for name, force in self.forces.items()}

    def assertion(self, agency: str, role: str, now: int) -> dict[str, str]:
        """The form that buys a bearer token."""
        person = self.forces[agency][role]
        identity = Identity(AgencyId(agency), OfficerId(person.id), cast.ORIGIN, person.signing)
        jwt, pq = make_assertion(identity, now)
        kind = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        return {"grant_type": kind, "assertion": jwt, "assertion_pq": pq}

    def notice(self, recipients: int, folder: Path) -> SealedNotice:
        """A sealed notice to the sender itself and so many others, not signed yet."""
        to = [self.forces[name] for name in OTHERS[:recipients]]
        request = cast.request(
            self.forces[SENDER], to, payload=PAYLOAD.read_bytes(), expires=cast.NOW + _LIFE
        )
        return seal(request, folder)

    def sign(self, notice: SealedNotice) -> SealedNotice:
        """Signed by two officers, as the quorum for a wanted person asks."""
        people = self.forces[SENDER]
        return notice.sign(people["liaison"].signing).sign(people["approver"].signing)

    def envelopes(self, count: int, recipients: int) -> list[bytes]:
        """So many signed envelopes, each another notice."""
        with tempfile.TemporaryDirectory(prefix="eads-bench-") as folder:
            return [
                self.sign(self.notice(recipients, Path(folder))).envelope() for _ in range(count)
            ]


_LIFE = timedelta(days=300)
