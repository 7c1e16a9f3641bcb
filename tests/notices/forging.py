"""Wrong envelopes made from right ones, and what the hub has on its books."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db.models import Model

from agencies import services as agency_services
from eads_client.keys import SigningKey, sign_payload
from eads_client.seal import SealedNotice, seal
from eads_wire.encoding import from_base64, to_base64
from eads_wire.envelope import PAYLOAD_TYPE, decode_manifest
from notices.models import (
    Blob,
    MailboxEntry,
    Notice,
    NoticeBlob,
    Receipt,
    ReceiptLine,
    Reviewing,
    State,
)
from tests import cast
from tests.cast import RECIPIENT, SENDER, Force
from tests.stage import Stage
from transparency.models import Leaf, Submission
from transparency.tenancy import system

Change = Callable[[dict[str, Any]], Any]
BOOKS: tuple[type[Model], ...] = (
    *(Notice, NoticeBlob, Reviewing, MailboxEntry, Receipt, ReceiptLine, Blob),
    *(Submission, Leaf),
)


def books() -> dict[str, int]:
    """How many rows stand in every table that a request may write."""
    with system():
        return {model.__name__: model._default_manager.count() for model in BOOKS}


def row_of(digest: str) -> Notice:
    with system():
        found: Notice = Notice.objects.get(digest=digest)
    return found


def change_row(digest: str, **fields: Any) -> None:
    with system():
        Notice.objects.filter(digest=digest).update(**fields)


def with_header(
    notice: SealedNotice, keys: Sequence[SigningKey], change: Change, manifest: Change = id
) -> SealedNotice:
    """The notice with another header or manifest, signed anew: what a faulty client sends."""
    body = json.loads(notice.manifest.raw)
    header = json.loads(from_base64(body["header"], "header"))
    change(header)
    body["header"] = to_base64(json.dumps(header).encode())
    manifest(body)
    made = replace(notice, manifest=decode_manifest(json.dumps(body).encode()), signatures=())
    for key in keys:
        made = made.sign(key)
    return made


def raw_with_header(notice: SealedNotice, key: SigningKey, change: Change) -> bytes:
    """As :func:`with_header` for a header that no decoder takes; signed by one key."""
    body = json.loads(notice.manifest.raw)
    header = json.loads(from_base64(body["header"], "header"))
    change(header)
    body["header"] = to_base64(json.dumps(header).encode())
    raw = json.dumps(body).encode()
    envelope = json.loads(notice.envelope())
    envelope["payload"] = to_base64(raw)
    envelope["signatures"] = [sign_payload(key, PAYLOAD_TYPE, raw).to_json()]
    return json.dumps(envelope).encode()


def with_envelope(notice: SealedNotice, change: Change) -> bytes:
    """The envelope with something outside the manifest changed."""
    envelope = json.loads(notice.envelope())
    change(envelope)
    return json.dumps(envelope).encode()


def logged(stage: Stage, to: Sequence[Force] | None = None, **fields: Any) -> SealedNotice:
    """A notice of the sender that is in the log, by default to the recipient."""
    to = [stage[RECIPIENT]] if to is None else to
    notice = cast.signed(stage[SENDER], to, **fields)
    posted(stage, notice)
    return notice


def posted(stage: Stage, notice: SealedNotice) -> None:
    """Post and sequence a notice that must be taken."""
    answer = stage.post(notice)
    assert answer.status_code == 202, answer.content
    stage.sequence()
    assert row_of(notice.digest).state == State.LOGGED


def follow(stage: Stage, before: SealedNotice, act: str, to: Sequence[Force], **fields: Any) -> Any:
    """The next revision of a notice, signed by both officers."""
    return cast.signed(
        stage[SENDER],
        to,
        id=before.header.id,
        rev=before.header.rev + 1,
        prev=before.digest,
        act=act,
        **fields,
    )


def with_files(
    stage: Stage, folder: Path, contents: Sequence[bytes], to: Sequence[Force]
) -> tuple[SealedNotice, list[bytes]]:
    """A signed notice with files, and their ciphertexts."""
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"file-{number}"
        path.write_bytes(content)
        paths.append(path)
    sender = stage[SENDER]
    notice = seal(cast.request(sender, to, files=paths), folder)
    for role in ("liaison", "approver"):
        notice = notice.sign(sender[role].signing)
    return notice, [(folder / blob.sha256).read_bytes() for blob in notice.files]


def upload(stage: Stage, agency: str, sha256: str, content: bytes, **headers: str) -> Any:
    """``PUT blobs/{sha256}``, whole unless the headers say otherwise."""
    return stage.ask(
        "PUT",
        f"blobs/{sha256}",
        agency,
        body=content,
        content_type="application/octet-stream",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def publish(stage: Stage, agency: str, *, sequenced: bool = True) -> None:
    """Publish the force's next keyring, as the force stands now."""
    force = stage[agency]
    agency_services.publish_keyring(force.agency, force.keyring())
    if sequenced:
        stage.sequence()


def revoke(stage: Stage, agency: str, role: str, *, sequenced: bool = True) -> None:
    """The agency revokes its officer of this role."""
    force = stage[agency]
    force.people[role] = replace(force[role], revoked=cast.NOW)
    publish(stage, agency, sequenced=sequenced)
