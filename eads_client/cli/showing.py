"""How notices, drafts and keys are put before an officer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eads_client import payloads
from eads_client.cli.output import Output
from eads_client.opening import NoticeFile, OpenedNotice
from eads_client.payloads import Payload
from eads_client.stored_notice import StoredNotice
from eads_wire.encoding import JsonObject
from eads_wire.header import Header
from eads_wire.keyring import Keyring
from eads_wire.quorum import Signer

LIST_COLUMNS = ("digest", "type", "rev", "issuer", "issued", "priority", "state", "summary")


def content_json(payload: Payload | JsonObject | None) -> Any:
    """A payload as JSON; None stays None."""
    if payload is None or isinstance(payload, dict):
        return payload
    return json.loads(payloads.encode(payload))


def signer_name(signer: Signer) -> str:
    """``agency/officer``."""
    return f"{signer.agency}/{signer.officer.id}"


def header_json(header: Header) -> dict[str, Any]:
    """A header's fields, as the hub may read them."""
    return {
        "id": header.id,
        "rev": header.rev,
        "type": header.type,
        "act": header.act,
        "re": header.re,
        "issuer": header.issuer,
        "issued": header.issued,
        "expires": header.expires,
        "to": [entry.agency for entry in header.named],
        "hidden": len(header.blind),
        "handling": list(header.handling),
        "tlp": header.tlp,
        "priority": header.priority,
        "area": header.area,
    }


def file_json(file: NoticeFile) -> dict[str, Any]:
    """A file of a notice."""
    return {
        "number": file.number,
        "name": file.name,
        "media_type": file.media_type,
        "role": file.role,
        "caption": file.caption,
        "size": file.size,
    }


def opened_json(notice: OpenedNotice) -> dict[str, Any]:
    """An opened notice: header, signers, files, content."""
    return {
        "digest": notice.digest,
        **header_json(notice.header),
        "signers": [signer_name(signer) for signer in notice.signers],
        "summary": notice.summary,
        "files": [file_json(each) for each in notice.files],
        "content": content_json(notice.payload),
    }


def stored_json(notice: StoredNotice) -> dict[str, Any]:
    """A held notice without its content."""
    return {
        "digest": notice.digest,
        "position": notice.position,
        "index": notice.index,
        "id": notice.id,
        "rev": notice.rev,
        "type": notice.type,
        "act": notice.act,
        "re": notice.re,
        "issuer": notice.issuer,
        "issued": notice.issued,
        "expires": notice.expires,
        "handling": list(notice.handling),
        "tlp": notice.tlp,
        "priority": notice.priority,
        "area": notice.area,
        "signers": list(notice.signers),
        "received": notice.received,
        "state": notice.state,
        "read": notice.is_read,
        "summary": notice.summary,
    }


def short(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a table: the beginning of the digest names the notice well enough."""
    shown = dict(row)
    for name in ("digest", "re"):
        if isinstance(shown.get(name), str):
            shown[name] = shown[name][:12]
    return shown


def keyring_json(keyring: Keyring) -> dict[str, Any]:
    """A keyring: what a person compares and looks up."""
    return {
        "agency": keyring.agency,
        "version": keyring.version.number,
        "issued": keyring.version.issued,
        "expires": keyring.version.expires,
        "roots_fingerprint": keyring.roots.fingerprint,
        "root_quorum": keyring.roots.quorum,
        "epochs": [
            {"kid": each.kid, "from": each.start, "until": each.until}
            for each in keyring.encryption
        ],
        "officers": [
            {
                "id": each.id,
                "roles": sorted(each.roles),
                "fingerprint": each.fingerprint,
                "from": each.start,
                "until": each.until,
                "revoked": each.revoked,
            }
            for each in keyring.officers
        ],
        "quorum": {
            kind: [
                role.name if role.agency is None else f"{role.name}@{role.agency}" for role in roles
            ]
            for kind, roles in keyring.quorum.items()
        },
    }


def show_keyring(output: Output, keyring: Keyring) -> None:
    """A keyring on the screen: its own fields, then its officers."""
    told = keyring_json(keyring)
    if output.as_json:
        output.object(told)
        return
    officers = told.pop("officers")
    output.object(told)
    columns = ("id", "roles", "fingerprint", "from", "until", "revoked")
    output.table(columns, officers, none="no officers yet")
