"""What ``eads_wire`` makes of a vector: every step of its specification, in that order.

Each function returns what came out, keyed as in the vector's ``out``, or raises the WireError of
the first step that fails.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import jsonschema

from eads_wire import limits
from eads_wire.assertion import decode_assertion, verify_assertion
from eads_wire.contexts import (
    blind_tag,
    body_context,
    file_context,
    grant_info,
    header_hash,
    wrap_info,
)
from eads_wire.encoding import as_agency, as_kid, as_time, decode_json, format_time
from eads_wire.envelope import (
    Envelope,
    check_blob,
    check_complete,
    check_route,
    check_wraps,
    decode_envelope,
    wrap_for,
)
from eads_wire.errors import WireError, fail, require
from eads_wire.header import Header
from eads_wire.keyring import Keyring, check_keyring_fresh, decode_keyring, verify_keyring
from eads_wire.keys import kid_of
from eads_wire.log import append_leaves, envelope_leaf, leaf_hash, root_of, verify_checkpoint
from eads_wire.padding import pad, padded_size, unpad
from eads_wire.quorum import issuer_keyring, verify_quorum
from eads_wire.receipt import verify_receipt
from eads_wire.region import Member, Region, check_region_fresh, decode_region, verify_region
from tests.eads_wire.opening import open_cobblestone, open_hpke, public_of
from tests.eads_wire.vector_files import FOLDER, Vector, bytes_of, document

Out = dict[str, Any]


@cache
def keyring(reference: str) -> Keyring:
    """A keyring of the cast, taken as verified."""
    return decode_keyring(document(reference))[0]


@cache
def region_held(reference: str) -> Region:
    """A region of the cast, taken as verified."""
    return decode_region(document(reference))[0]


def moment(text: str) -> datetime:
    return as_time(text, "now")


# ------------------------------------------------------------------ envelope


def envelope(vector: Vector) -> Out:
    """Steps 1 to 3; all nine for a reader; what the hub does for a posted one."""
    found = decode_envelope(bytes_of(vector["envelope"]))
    if "posted" in vector:
        check_complete(found)
    keyrings = {keyring(name).agency: keyring(name) for name in vector["keyrings"]}
    issuer_keyring(found.manifest, keyrings)
    signers = verify_quorum(found.manifest, found.signatures, keyrings)
    out = {
        "digest": found.digest,
        "header": header_json(found.header),
        "header_hash": header_hash(found.manifest.header_raw).hex(),
        "signers": [[signer.agency, signer.officer.id] for signer in signers],
    }
    files = [bytes_of(value) for value in vector.get("files", [])]
    if "posted" in vector:
        return out | _posted(found, files)
    return out | _read(found, files, vector) if "agency" in vector else out


def _posted(found: Envelope, files: list[bytes]) -> Out:
    check_route(found)
    check_wraps(found)
    _check_blobs(found, files)
    return {"route": {tag: route.agency for tag, route in found.route.items()}}


def _check_blobs(found: Envelope, files: list[bytes]) -> None:
    contents = [found.body, *files]
    for blob, content in zip(found.manifest.blobs, contents, strict=True):
        check_blob(blob, content)


def _read(found: Envelope, files: list[bytes], vector: Vector) -> Out:
    if "log" in vector:
        _check_logged(found, vector["log"])
    kid, wrap = wrap_for(found, as_agency(vector["agency"]))
    _check_blobs(found, files)
    c = header_hash(found.manifest.header_raw)
    cek = open_hpke(bytes.fromhex(vector["encryption_seed"]), wrap_info(c, kid), wrap)
    payload = unpad(open_cobblestone(cek, body_context(c), found.body))
    opened = [
        unpad(open_cobblestone(cek, file_context(c, number), file))
        for number, file in enumerate(files, start=1)
    ]
    check_content(found.header, payload)
    check_order(found, vector.get("held"), moment(vector["now"]))
    return {
        "kid": kid,
        "cek": cek.hex(),
        "payload": payload,
        "files": [hashlib.sha256(content).hexdigest() for content in opened],
    }


def _check_logged(found: Envelope, log: Mapping[str, Any]) -> None:
    checkpoint = verify_checkpoint(bytes_of(log["checkpoint"]), region_held(log["region"]))
    hashes = [leaf_hash(leaf) for leaf in log["leaves"]]
    shown = (len(hashes), root_of(append_leaves([], 0, hashes)))
    require(shown == (checkpoint.size, checkpoint.root), "not-in-log", "not the log signed")
    require(envelope_leaf(found.digest) in log["leaves"], "not-in-log", "the leaf is missing")


def check_content(header: Header, payload: bytes) -> None:
    """Step 8, by the schemas alone. Raises WireError ``corrupt-payload``."""
    name = "withdrawal" if header.act == "withdraw" else header.type
    schema = json.loads((FOLDER.parent / "schemas" / f"{name}.json").read_bytes())
    try:
        jsonschema.validate(
            decode_json(payload, limit=limits.PAYLOAD_BYTES, what="payload"), schema
        )
    except (WireError, jsonschema.ValidationError):
        fail("corrupt-payload", "the payload does not follow its schema")


def check_order(found: Envelope, held: Mapping[str, Any] | None, now: datetime) -> None:
    """Step 9. Raises WireError ``stale``."""
    header = found.header
    if held is not None:
        continues = (header.rev, header.prev) == (held["rev"] + 1, held["digest"])
        require(continues, "stale", "not the revision after the one held")
        same = (header.issuer, header.type) == (held["issuer"], held["type"])
        require(same, "stale", "another notice than the one held")
    require(now < header.expires, "stale", "expired")


def header_json(header: Header) -> Out:
    """The header as JSON again, from what was decoded."""
    optional = {"prev": header.prev, "re": header.re, "area": header.area}
    return {
        "v": 1,
        "suite": "EADS1",
        "id": header.id,
        "rev": header.rev,
        "type": header.type,
        "act": header.act,
        "issuer": header.issuer,
        "issued": format_time(header.issued),
        "expires": format_time(header.expires),
        "to": [
            *({"agency": entry.agency, "kid": entry.kid} for entry in header.named),
            *({"blind": tag} for tag in header.blind),
        ],
        "handling": {"codes": list(header.handling), "tlp": header.tlp},
        "priority": header.priority,
        "log": {"origin": header.log.origin, "size": header.log.size, "root": header.log.root},
        **{key: value for key, value in optional.items() if value is not None},
    }


# ------------------------------------------------------------------ signed documents


def _member(entry: Mapping[str, Any]) -> Member:
    return Member(
        agency=entry["agency"],
        country=entry["country"],
        name=entry["name"],
        roots=tuple(entry["roots"]),
        root_quorum=entry["root_quorum"],
        active=entry["status"] == "active",
    )


def keyring_document(vector: Vector) -> Out:
    before = keyring(vector["before"]) if "before" in vector else None
    found = verify_keyring(bytes_of(vector["keyring"]), before, _member(vector["member"]))
    if "now" in vector:
        check_keyring_fresh(found, moment(vector["now"]))
    return {
        "digest": found.digest,
        "agency": found.agency,
        "version": found.version.number,
        "roots_fingerprint": found.roots.fingerprint,
        "officer_fingerprints": {o.keyid: o.fingerprint for o in found.officers},
    }


def region(vector: Vector) -> Out:
    before = region_held(vector["before"]) if "before" in vector else None
    found = verify_region(bytes_of(vector["region"]), before, fingerprint=vector.get("fingerprint"))
    if "now" in vector:
        check_region_fresh(found, moment(vector["now"]))
    return {
        "digest": found.digest,
        "region": found.region,
        "version": found.version.number,
        "roots_fingerprint": found.roots.fingerprint,
        "members": [[m.agency, "active" if m.active else "suspended"] for m in found.members],
    }


def receipt(vector: Vector) -> Out:
    found = verify_receipt(bytes_of(vector["receipt"]), keyring(vector["keyring"]))
    return {
        "v": 1,
        "digest": found.digest,
        "agency": found.agency,
        "at": format_time(found.at),
        "delivered": list(found.delivered),
        "purged": list(found.purged),
    }


# ------------------------------------------------------------------ log, token


def checkpoint(vector: Vector) -> Out:
    found = verify_checkpoint(bytes_of(vector["checkpoint"]), region_held(vector["region"]))
    return {"origin": found.origin, "size": found.size, "root": found.root.hex()}


def tree(vector: Vector) -> Out:
    peaks: list[bytes] = []
    roots = [root_of(peaks)]
    for size, leaf in enumerate(bytes_of(vector["leaves"]).decode().split("\n")):
        peaks = append_leaves(peaks, size, [leaf_hash(leaf)])
        roots.append(root_of(peaks))
    return {"roots": [root.hex() for root in roots]}


def assertion(vector: Vector) -> Out:
    found = decode_assertion(vector["assertion"], vector["assertion_pq"])
    officer = verify_assertion(
        found,
        keyring(vector["keyring"]),
        audience=vector["audience"],
        now=moment(vector["now"]).astimezone(UTC),
        pq_required=vector["pq_required"],
    )
    return {"agency": found.agency, "officer": officer.id, "jti": found.jti}


# ------------------------------------------------------------------ pieces


def json_text(vector: Vector) -> Out:
    raw = bytes_of(vector["json"])
    return {"value": decode_json(raw, limit=vector["limit"], what="vector")}


def padding(vector: Vector) -> Out:
    if "sizes" in vector:
        return {"sizes": [[length, padded_size(length)] for length, _ in vector["sizes"]]}
    padded = bytes_of(vector["padded"])
    message = unpad(padded)
    require(pad(message) == padded, "corrupt-payload", "another padding")
    return {"message": base64.b64encode(message).decode()}


def blind(vector: Vector) -> Out:
    kid, agency = as_kid(vector["kid"]), as_agency(vector["agency"])
    return {"tag": blind_tag(bytes.fromhex(vector["nonce"]), kid, agency)}


def grant(vector: Vector) -> Out:
    kid, officer_kid = as_kid(vector["kid"]), as_kid(vector["officer_kid"])
    sealed = base64.b64decode(vector["grant"])
    own = bytes.fromhex(vector["encryption_seed"])
    seed = open_hpke(own, grant_info(kid, officer_kid), sealed)
    require(kid_of(public_of(seed)) == kid, "corrupt-payload", "the seed of another key")
    return {"seed": seed.hex()}


VERDICTS: Mapping[str, Callable[[Vector], Out]] = {
    "assertion": assertion,
    "blind": blind,
    "checkpoint": checkpoint,
    "envelope": envelope,
    "grant": grant,
    "json": json_text,
    "keyring": keyring_document,
    "padding": padding,
    "receipt": receipt,
    "region": region,
    "tree": tree,
}
