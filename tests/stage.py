"""The stage: a hub in the test's database with the cast enrolled, and ways to act on it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from agencies import services as agency_services
from agencies.authentication import Principal, issue_token
from agencies.models import Agency
from eads_client.keys import SigningKey
from eads_wire.encoding import AgencyId
from tests import cast
from tests.cast import Force
from transparency.documents import latest_keyring
from transparency.sequencer import Sequencer
from transparency.signer import LogSigner

API = "/api/v1/"


@dataclass
class Stage:
    """A hub whose sequencer works when told to."""

    forces: dict[str, Force]
    signer: LogSigner = field(default_factory=lambda: LogSigner(cast.ORIGIN, bytes(range(32))))
    region_root: SigningKey = field(default_factory=SigningKey.generate)

    def __post_init__(self) -> None:
        self.sequencer = Sequencer(self.signer)
        self.client = Client()

    def __getitem__(self, agency: str) -> Force:
        return self.forces[agency]

    def enrol(self) -> None:
        """Publish the region and every keyring, and log them."""
        members = self.forces.values()
        raw = cast.region(members, self.region_root, self.signer.verifier_key)
        agency_services.publish_region(raw)
        self.sequence()
        for force in members:
            agency_services.publish_keyring(force.agency, force.keyring())
        self.sequence()

    def sequence(self) -> int:
        """Place all that waits."""
        return self.sequencer.run_batch()

    def principal(self, agency: str, role: str) -> Principal:
        keyring = latest_keyring(AgencyId(agency))
        assert keyring is not None
        officer = keyring.officer(self.forces[agency][role].signing.keyid)
        assert officer is not None
        head = Agency.objects.get(id=agency).mailbox_head
        return Principal(AgencyId(agency), officer, head)

    def bearer(self, agency: str, role: str = "liaison") -> dict[str, str]:
        keyid = self.forces[agency][role].signing.keyid
        token = issue_token(AgencyId(agency), keyid, timezone.now())
        return {"Authorization": f"Bearer {token}"}

    def ask(
        self,
        method: str,
        path: str,
        agency: str | None = None,
        role: str = "liaison",
        body: bytes | dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """One request to the API; returns Django's response."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body or b""
        headers = dict(options.pop("headers", {}))
        if agency is not None:
            headers |= self.bearer(agency, role)
        kind = options.pop("content_type", "application/json")
        return self.client.generic(
            method, API + path, content, content_type=kind, headers=headers, **options
        )

    def post(self, notice: Any, agency: str = cast.SENDER, role: str = "liaison") -> Any:
        raw = notice if isinstance(notice, bytes) else notice.envelope()
        return self.ask("POST", "notices", agency, role, raw)

    def mailbox(self, agency: str, **query: int) -> dict[str, Any]:
        """A page of the mailbox, as JSON."""
        arguments = "&".join(f"{name}={value}" for name, value in query.items())
        answer = self.ask("GET", f"mailbox?{arguments}", agency)
        assert answer.status_code == 200, answer.content
        page: dict[str, Any] = json.loads(answer.content)
        return page


def code_of(answer: Any) -> str:
    """The problem code of an answer."""
    code: str = json.loads(answer.content)["code"]
    return code
