"""The project's vectors against the client: private keys, opening, grants."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from eads_client import VerificationError
from eads_client.content_key import ContentKey
from eads_client.keys import EncryptionKey, SigningKey, Unwrapping
from eads_client.opening import Held, Reader, open_file, open_notice
from eads_wire.contexts import grant_info
from eads_wire.encoding import AgencyId, Digest, Kid, as_time
from eads_wire.envelope import decode_envelope
from eads_wire.errors import WireError
from eads_wire.header import Header
from eads_wire.keyring import Keyring, decode_keyring
from eads_wire.log import (
    append_leaves,
    decode_checkpoint,
    envelope_leaf,
    leaf_hash,
    root_of,
    verify_checkpoint,
)
from eads_wire.quorum import Keyrings
from eads_wire.region import decode_region
from tests.eads_wire.vector_files import Vector, bytes_of, document, load, names, public_keys

READ = [name for name in names("envelope") if "agency" in load(name)]


def keyrings_of(vector: Vector) -> dict[AgencyId, Keyring]:
    found = (decode_keyring(document(reference))[0] for reference in vector["keyrings"])
    return {keyring.agency: keyring for keyring in found}


class VectorGrounds:
    """Trust as a vector gives it: verified keyrings, and perhaps the whole log."""

    def __init__(self, vector: Vector) -> None:
        self._keyrings = keyrings_of(vector)
        self._log: dict[str, Any] | None = vector.get("log")

    def keyrings_for(self, header: Header, index: int | None, now: datetime) -> Keyrings:
        if header.issuer not in self._keyrings:
            raise VerificationError("unknown-key", "no keyring")
        return self._keyrings

    def check_in_log(self, header: Header, index: int | None) -> None:
        if self._log is None:
            return
        raw = bytes_of(self._log["checkpoint"])
        checkpoint = verify_checkpoint(raw, decode_region(document(self._log["region"]))[0])
        leaves = self._log["leaves"]
        root = root_of(append_leaves([], 0, [leaf_hash(leaf) for leaf in leaves]))
        if index is None or (checkpoint.size, checkpoint.root) != (len(leaves), root):
            raise VerificationError("not-in-log", "outside the log")


def reader_of(vector: Vector) -> Reader:
    key = EncryptionKey(bytes.fromhex(vector["encryption_seed"]))

    def find(_kid: Kid) -> Unwrapping:
        return key

    return Reader(AgencyId(vector["agency"]), find)


def place_of(vector: Vector, raw: bytes) -> int | None:
    """Place in the log of the vector, if it is there."""
    if "log" not in vector:
        return 0
    try:
        leaf = envelope_leaf(decode_envelope(raw).digest)
    except WireError:
        return None
    leaves = vector["log"]["leaves"]
    return leaves.index(leaf) if leaf in leaves else None


def run(vector: Vector, folder: Path) -> dict[str, Any]:
    raw = bytes_of(vector["envelope"])
    held = vector.get("held")
    files = {}
    for number, content in enumerate(vector.get("files", []), start=1):
        files[number] = folder / f"sealed-{number}"
        files[number].write_bytes(bytes_of(content))
    opened = open_notice(
        raw,
        reader=reader_of(vector),
        grounds=VectorGrounds(vector),
        index=place_of(vector, raw),
        held=Held(Digest(held["digest"]), held["rev"], AgencyId(held["issuer"]), held["type"])
        if held
        else None,
        now=as_time(vector["now"], "now"),
        files=files,
    )
    for number, path in files.items():
        open_file(opened, number, path, folder / f"plain-{number}")
    return {
        "digest": opened.digest,
        "cek": opened.key.secret.hex(),
        "payload": opened.content,
        "signers": [[s.agency, s.officer.id] for s in opened.signers],
    }


@pytest.mark.parametrize("name", READ)
def test_envelope_vector(name: str, tmp_path: Path) -> None:
    vector = load(name)
    if vector["expect"] == "ok":
        out = run(vector, tmp_path)
        expected = {key: vector["out"][key] for key in ("digest", "cek", "signers")}
        assert out == expected | {"payload": bytes_of(vector["out"]["payload"])}
        return
    with pytest.raises(VerificationError) as caught:
        run(vector, tmp_path)
    assert caught.value.stage == vector["expect"], caught.value


@pytest.mark.parametrize("name", names("grant"))
def test_grant_vector(name: str) -> None:
    vector = load(name)
    key = EncryptionKey(bytes.fromhex(vector["encryption_seed"]))
    info = grant_info(vector["kid"], vector["officer_kid"])

    def unwrap() -> str:
        seed = key.unwrap(bytes_of({"base64": vector["grant"]}), info)
        if len(seed) != 32 or EncryptionKey(seed).kid != vector["kid"]:
            raise VerificationError("corrupt-payload", "another key")
        return seed.hex()

    if vector["expect"] == "ok":
        assert unwrap() == vector["out"]["seed"]
        return
    with pytest.raises(VerificationError) as caught:
        unwrap()
    assert caught.value.stage == vector["expect"]


def seeds() -> list[tuple[str, str, str]]:
    found = []
    for agency in ("ID-POLRI", "TH-RTP", "LA-GDP", "SG-SPF", "REG-OFFICE"):
        keys = load(f"keys/{agency}")
        for entry in keys["roots"] + keys["encryption"] + keys["officers"]:
            if "signing_seed" in entry:
                found.append(("signing", entry["keyid"], entry["signing_seed"]))
            if "encryption_seed" in entry:
                found.append(("encryption", entry["kid"], entry["encryption_seed"]))
    return found


@pytest.mark.parametrize(("kind", "name", "seed"), seeds())
def test_seed_gives_the_public_key(kind: str, name: str, seed: str) -> None:
    raw = bytes.fromhex(seed)
    key = SigningKey(raw) if kind == "signing" else EncryptionKey(raw)
    assert key.public == bytes_of({"base64": public_keys()[name]})
    assert (key.keyid if isinstance(key, SigningKey) else key.kid) == name


def test_vectors_reach_every_step_from_1_to_9(tmp_path: Path) -> None:
    reached = set()
    for number, name in enumerate(READ):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            run(load(name), folder)
        except VerificationError as error:
            reached.add(error.step)
    assert reached >= {1, 4, 5, 6, 7, 8, 9}


def test_content_key_of_another_size_is_refused() -> None:
    with pytest.raises(VerificationError, match="corrupt-payload"):
        ContentKey(b"\0" * 31, b"\0" * 32)


def test_checkpoint_of_a_vector_is_what_the_client_reads() -> None:
    vector = load("checkpoint/ok")
    checkpoint, _ = decode_checkpoint(bytes_of(vector["checkpoint"]))
    assert checkpoint.size == vector["out"]["size"]
