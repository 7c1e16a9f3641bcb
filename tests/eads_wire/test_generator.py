"""The generator of the vectors: it writes these files, and it is a second implementation.

Here everything but most envelopes is written again; ``python -m specs.vectors.generate --check``
writes all of it, for which ``./run check`` has the time.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from eads_wire.log import append_leaves
from eads_wire.log import leaf_hash as wire_leaf_hash
from eads_wire.log import root_of as wire_root_of
from eads_wire.padding import pad as wire_pad
from specs.vectors.generate import envelope_logged, envelope_quorum, primitives
from specs.vectors.generate.documents import Vector
from specs.vectors.generate.files import FOLDER, SOURCES, differing, rendered
from specs.vectors.generate.merkle import leaf_hash, root_of
from tests.eads_wire.opening import open_hpke, public_of

CHEAP = sorted(SOURCES.keys() - {"envelope", "keyring", "region"})
ALLOWED = {
    *("__future__", "argparse", "base64", "collections", "dataclasses", "functools", "hashlib"),
    *("hmac", "json", "pathlib", "re", "sys", "types", "typing"),
    *("cryptography", "dilithium_py", "kyber_py", "specs"),
}
"""No clock, no source of randomness, and neither of the programs."""


def test_the_files_are_what_the_generator_writes() -> None:
    assert differing(rendered(CHEAP), whole=False) == []


@pytest.mark.parametrize("source", [envelope_logged.vectors, envelope_quorum.vectors])
def test_an_envelope_is_written_again_to_the_same_bytes(source: type[Iterator[Vector]]) -> None:
    for vector in source():
        assert (FOLDER / vector.path).read_text("utf-8") == vector.text(), vector.path


def imports_of(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"{node.module}"


def test_the_generator_shares_no_code_with_the_programs() -> None:
    modules = list((FOLDER / "generate").glob("*.py"))
    assert len(modules) > 20
    for module in modules:
        for name in imports_of(module.read_text("utf-8")):
            root = name.partition(".")[0]
            assert root in ALLOWED, f"{module.name} imports {name}"
            assert root != "specs" or name.startswith("specs.vectors.generate")


def test_no_format_is_written_by_hand() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/*.json")} == {*SOURCES, "keys"}


# ------------------------------------------------------------------ against other libraries


@pytest.mark.parametrize("number", range(4))
def test_encryption_keys_are_those_of_the_published_library(number: int) -> None:
    seed = primitives.drawn(f"test/seed/{number}", 32)
    assert primitives.encryption_public(seed) == public_of(seed)


@pytest.mark.parametrize("number", range(4))
def test_a_wrap_of_the_generator_opens_with_the_published_library(number: int) -> None:
    seed = primitives.drawn(f"test/seed/{number}", 32)
    message = primitives.drawn(f"test/message/{number}", 32)
    randomness = primitives.drawn(f"test/randomness/{number}", 64)
    sealed = primitives.hpke_seal(public_of(seed), b"info", message, randomness)
    assert len(sealed) == 1120 + 32 + 16
    assert open_hpke(seed, b"info", sealed) == message


@pytest.mark.parametrize("number", range(2))
def test_both_halves_of_a_signature_verify_with_the_published_library(number: int) -> None:
    seed = primitives.drawn(f"test/signing/{number}", 64)
    public, message = primitives.signing_public(seed), b"a message"
    assert public == (
        Ed25519PrivateKey.from_private_bytes(seed[:32]).public_key().public_bytes_raw()
        + MLDSA65PrivateKey.from_seed_bytes(seed[32:]).public_key().public_bytes_raw()
    )
    signature = primitives.sign(seed, message)
    Ed25519PublicKey.from_public_bytes(public[:32]).verify(signature[:64], message)
    MLDSA65PublicKey.from_public_bytes(public[32:]).verify(signature[64:], message, b"e-ads/v1")


CHUNK = primitives.CHUNK


@pytest.mark.parametrize(
    "size", [0, 1, 1024, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1]
)
def test_a_body_of_the_generator_opens_with_the_published_library(size: int) -> None:
    key, message = hashlib.sha256(b"key").digest(), primitives.drawn("test/body", size)
    sealed = primitives.cobblestone_seal(key, b"context", message, bytes(24))
    decryptor = Cobblestone256Decryptor(key, b"context")
    assert decryptor.update(sealed) + decryptor.finalize() == message


def test_padding_and_tree_agree_with_the_programs() -> None:
    for size in [*range(0, 5000, 7), 65_532, 65_533, 1_048_576]:
        assert primitives.pad(bytes(size)) == wire_pad(bytes(size))
    for size in range(70):
        leaves = [f"leaf {n}" for n in range(size)]
        peaks = append_leaves([], 0, [wire_leaf_hash(leaf) for leaf in leaves])
        assert wire_root_of(peaks) == root_of([leaf_hash(leaf) for leaf in leaves])
