"""A hub that believes everything and obeys the test: enough of docs/api.md for one client.

Honest until a test changes its answers. It speaks through ``httpx.MockTransport`` or, for other
processes, through a server on loopback.
"""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from eads_client import Client, Profile, Settings
from eads_client.keys import SigningKey
from eads_client.passphrase import Stretching
from eads_client.seal import SealedNotice, decode_sealed
from eads_wire.dsse import decode_document
from eads_wire.encoding import AgencyId, Kid, format_time, to_base64
from eads_wire.envelope import decode_envelope
from eads_wire.log import (
    Checkpoint,
    append_leaves,
    envelope_leaf,
    keyring_leaf,
    leaf_hash,
    region_leaf,
    root_of,
)
from eads_wire.region import PAYLOAD_TYPE as REGION
from eads_wire.region import decode_region
from eads_wire.roots import roots_fingerprint
from eads_wire.verifier_key import encode_verifier_key, note_key_id
from tests import cast
from tests.cast import Force

PASSPHRASE = "tuktuk rambutan seven"
CHEAP = Stretching(memory_kib=8 * 1024, passes=1, lanes=1)
Reply = tuple[int, dict[str, str], bytes]


class Log:
    """A log that signs its checkpoints."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.public = self.key.public_key().public_bytes_raw()
        self.verifier_key = encode_verifier_key(cast.ORIGIN, 1, self.public)
        self.leaves: list[str] = []

    def append(self, leaf: str) -> int:
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    def checkpoint(self, size: int | None = None, root: bytes | None = None) -> str:
        leaves = self.leaves[:size]
        peaks = append_leaves([], 0, [leaf_hash(leaf) for leaf in leaves])
        body = Checkpoint(cast.ORIGIN, len(leaves), root or root_of(peaks)).body()
        key_id = note_key_id(cast.ORIGIN, 1, self.public)
        line = to_base64(key_id + self.key.sign(body.encode()))
        return f"{body}\n— {cast.ORIGIN} {line}\n"


def problem(code: str, status: int, **extra: Any) -> Reply:
    body = {"type": f"urn:e-ads:problem:{code}", "title": code, "status": status, "code": code}
    return status, {"Content-Type": "application/problem+json"}, json.dumps(body | extra).encode()


def answer(obj: Any, status: int = 200, **headers: str) -> Reply:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(obj).encode()


def status_of(sealed: SealedNotice, state: str) -> dict[str, Any]:
    """The status object of a notice."""
    header = sealed.header
    return {"digest": sealed.digest, "id": header.id, "rev": header.rev, "state": state}


@dataclass
class FakeHub:
    """The hub and its state; ``interfere`` may answer in its stead."""

    forces: dict[str, Force] = field(default_factory=dict)
    log: Log = field(default_factory=Log)
    root: SigningKey = field(default_factory=SigningKey.generate)
    region: list[tuple[int, bytes]] = field(default_factory=list)
    keyrings: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    mailbox: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    receipts: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    posted: list[bytes] = field(default_factory=list)
    waiting: list[bytes] = field(default_factory=list)
    grants: dict[Kid, dict[Kid, bytes]] = field(default_factory=dict)
    reader: str = cast.RECIPIENT
    asked: list[tuple[str, str]] = field(default_factory=list)
    interfere: Callable[[str, str, dict[str, str], bytes], Reply | None] | None = None

    @classmethod
    def with_cast(cls) -> FakeHub:
        """Sender, recipient, outsider and reviewing office, enrolled."""
        names = (cast.SENDER, cast.RECIPIENT, cast.OUTSIDER, cast.REVIEWING)
        hub = cls({name: cast.force(name) for name in names})
        hub.publish_region(cast.region(hub.forces.values(), hub.root, hub.log.verifier_key))
        for force in hub.forces.values():
            hub.publish_keyring(force.agency, force.keyring())
        return hub

    @property
    def fingerprint(self) -> str:
        return roots_fingerprint([self.root.keyid], 1)

    def publish_region(self, raw: bytes) -> None:
        region, document = decode_region(raw)
        leaf = region_leaf(region.version.number, document.digest)
        self.region.append((self.log.append(leaf), raw))

    def next_region(self, **changes: Any) -> bytes:
        """The next version of the region, signed by its root."""
        held = decode_document(self.region[-1][1], REGION, limit=1 << 20, what="region")
        payload = json.loads(held.payload)
        payload |= {"version": payload["version"] + 1, "prev": held.digest, **changes}
        return cast.document(REGION, payload, [self.root])

    def publish_keyring(self, agency: str, raw: bytes) -> None:
        chain = self.keyrings.setdefault(agency, [])
        keyring = cast.decoded(raw)
        leaf = keyring_leaf(AgencyId(agency), len(chain) + 1, keyring.digest)
        chain.append((self.log.append(leaf), raw))

    def deliver(self, notice: SealedNotice, *agencies: str) -> int:
        """Log a notice and put it into mailboxes, as posted; returns its place."""
        index = self.log.append(envelope_leaf(notice.digest))
        for agency in agencies:
            envelope = json.loads(notice.envelope())
            route = envelope.pop("route", {})
            own = {tag: entry for tag, entry in route.items() if entry["agency"] == agency}
            envelope |= {"route": own} if own else {}
            self.put(agency, "notice", index, notice.digest, envelope=envelope)
        return index

    def put(self, agency: str, kind: str, index: int | None, digest: str, **more: Any) -> None:
        box = self.mailbox.setdefault(agency, [])
        entry = {"position": len(box) + 1, "kind": kind, "index": index, "digest": digest}
        box.append(entry | more)

    # ------------------------------------------------------------ answering

    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Reply:
        url = urlsplit(target)
        path = url.path.removeprefix("/api/v1/")
        self.asked.append((method, path))
        if self.interfere is not None:
            reply = self.interfere(method, path, headers, body)
            if reply is not None:
                return reply
        if path == "token":
            return answer({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 600})
        if path.startswith("region"):
            return self._document(self.region, path.partition("/")[2])
        tokenless = method == "PUT" and path.startswith("keyrings/")
        if not tokenless and headers.get("authorization") != "Bearer t0ken":
            return problem("unauthenticated", 401)
        query = {name: int(values[0]) for name, values in parse_qs(url.query).items()}
        return self._route(method, path.split("/"), query, body)

    def _document(self, chain: list[tuple[int, bytes]], version: str, **more: Any) -> Reply:
        number = int(version or len(chain))
        index, raw = chain[number - 1]
        return answer({**more, "version": number, "index": index, "document": json.loads(raw)})

    def _route(self, method: str, parts: list[str], query: dict[str, int], body: bytes) -> Reply:
        match method, parts:
            case "GET", ["keyrings"]:
                return answer({"keyrings": [self._line(agency) for agency in self.keyrings]})
            case "GET", ["keyrings", agency, *version]:
                return self._document(self.keyrings[agency], "".join(version), agency=agency)
            case "GET", ["log", "checkpoint"]:
                return 200, {"Content-Type": "text/plain"}, self.log.checkpoint().encode()
            case "GET", ["grants"]:
                return answer({"grants": []})
            case "GET", ["mailbox"]:
                return answer(self.page(self.reader, **query))
            case "PUT", ["keyrings", agency]:
                self.publish_keyring(agency, body)
                return answer({}, 201)
            case "PUT", ["grants"]:
                given = json.loads(body)
                found = {Kid(k): base64.b64decode(v) for k, v in given["grants"].items()}
                self.grants[Kid(given["kid"])] = found
                return 204, {}, b""
            case "POST", ["notices"]:
                return self._notice(body)
            case "GET", ["notices", "pending"]:
                return answer({"notices": [self._pending(raw) for raw in self.waiting]})
            case "POST", ["receipts"]:
                return self._receipt(body)
            case _:
                return problem("not-found", 404)

    def _line(self, agency: str) -> dict[str, Any]:
        chain = self.keyrings[agency]
        return {
            "agency": agency,
            "version": len(chain),
            "index": chain[-1][0],
            "digest": cast.decoded(chain[-1][1]).digest,
        }

    def page(self, agency: str, after: int, limit: int = 100, wait: int = 0) -> dict[str, Any]:
        """A page of a mailbox; nothing is waited for."""
        box = self.mailbox.get(agency, [])
        entries = box[after : after + limit]
        return {
            "agency": agency,
            "head": len(box),
            "checkpoint": self.log.checkpoint(),
            "entries": entries,
        }

    def _notice(self, body: bytes) -> Reply:
        """Log a posted notice and deliver it to everybody, whoever signed."""
        self.posted.append(body)
        sealed = decode_sealed(body)
        envelope = decode_envelope(body)
        self.deliver(sealed, *[agency for agency, _ in envelope.recipients()])
        return answer(status_of(sealed, "logged"), 201)

    def _pending(self, body: bytes) -> dict[str, Any]:
        sealed = decode_sealed(body)
        envelope = {"digest": sealed.digest, "missing": ["approver"], "envelope": json.loads(body)}
        return envelope | {"received": format_time(cast.NOW)}

    def _receipt(self, body: bytes) -> Reply:
        kind = "application/vnd.e-ads.receipt.v1+json"
        digest = decode_document(body, kind, limit=1 << 20, what="receipt").digest
        known = digest in self.receipts
        self.receipts[digest] = body
        return answer({"digest": digest, "index": 0}, 200 if known else 201)

    def signed_for(self, what: str) -> list[str]:
        """Every digest that receipts name, as often as they name it."""
        kind = "application/vnd.e-ads.receipt.v1+json"
        found: list[str] = []
        for raw in self.receipts.values():
            payload = decode_document(raw, kind, limit=1 << 20, what="receipt").payload
            found += json.loads(payload)[what]
        return sorted(found)

    # ------------------------------------------------------------ being reached

    def transport(self) -> httpx.MockTransport:
        """For a client in this process."""

        def handle(request: httpx.Request) -> httpx.Response:
            request.read()
            headers = {name.lower(): value for name, value in request.headers.items()}
            target = request.url.raw_path.decode()
            status, out, body = self.handle(request.method, target, headers, request.content)
            return httpx.Response(status, headers=out, stream=httpx.ByteStream(body))

        return httpx.MockTransport(handle)

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """For clients in other processes; gives the address."""
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = hub.handle(self.command, self.path, headers, self.rfile.read(length))
                status, out, body = reply
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(body))} | out).items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

            def log_message(self, *_arguments: Any) -> None:
                """Quiet."""

            def handle(self) -> None:
                # A client that was killed leaves its connection behind.
                with contextlib.suppress(ConnectionError):
                    super().handle()

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def profile(
        self, folder: Path, agency: str = cast.RECIPIENT, role: str = "liaison", hub: str = ""
    ) -> Profile:
        """A profile of one of the cast, with its keys and the agency's epoch."""
        person = self.forces[agency][role]
        settings = Settings(
            hub=hub or "http://127.0.0.1:9",
            region_fingerprint=self.fingerprint,
            agency=AgencyId(agency),
            officer=person.entry()["id"],
            keyid=person.signing.keyid,
            kid=person.encryption.kid,
        )
        profile = Profile.create(folder, settings, PASSPHRASE, stretching=CHEAP)
        keystore = profile.unlock(PASSPHRASE)
        keystore.add_signing(person.signing, "signing")
        keystore.add_encryption(person.encryption, "encryption")
        keystore.add_encryption(self.forces[agency].epoch, "epoch")
        return profile

    def client(self, folder: Path, agency: str = cast.RECIPIENT, **options: Any) -> Client:
        """A client of one of the cast that speaks with this hub."""
        if not (folder / "profile.toml").exists():
            self.profile(folder, agency)
        return Client.open(folder, PASSPHRASE, transport=self.transport(), **options)


def message(text: str = "Which day suits you?") -> bytes:
    """The payload of a message."""
    return json.dumps({"type": "message", "subject": "Transfer", "text": text}).encode()
