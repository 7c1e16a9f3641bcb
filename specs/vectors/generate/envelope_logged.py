"""Step 4: the envelope's place in the log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.vectors.generate.checkpoint import note
from specs.vectors.generate.documents import Vector, digest
from specs.vectors.generate.merkle import leaf_hash, root_of
from specs.vectors.generate.notice import Made, log_leaves
from specs.vectors.generate.scenario import read

Json = Any


def in_log(made: Made) -> Json:
    """The log with the envelope as its last leaf, and a checkpoint of it."""
    leaves = [*log_leaves(), f"e-ads/v1 envelope {digest(made.manifest)}"]
    return {"region": "region/1", "leaves": leaves, "checkpoint": _checkpoint(leaves)}


def _checkpoint(leaves: list[str]) -> str:
    return note(len(leaves), root_of([leaf_hash(leaf) for leaf in leaves]))


def _without(made: Made) -> Json:
    leaves = log_leaves()
    return {"region": "region/1", "leaves": leaves, "checkpoint": _checkpoint(leaves)}


def _header_logged(made: Made) -> Json:
    leaves = [*log_leaves(), f"e-ads/v1 envelope {made.header_hash.hex()}"]
    return {"region": "region/1", "leaves": leaves, "checkpoint": _checkpoint(leaves)}


def _receipt_logged(made: Made) -> Json:
    leaves = [*log_leaves(), f"e-ads/v1 receipt {digest(made.manifest)}"]
    return {"region": "region/1", "leaves": leaves, "checkpoint": _checkpoint(leaves)}


def _other_root(made: Made) -> Json:
    log = in_log(made)
    return {**log, "checkpoint": _checkpoint([*log_leaves(), "e-ads/v1 envelope " + "0" * 64])}


def vectors() -> Iterator[Vector]:
    yield read("not-in-log", "not-in-log", "The log ends before the envelope.", log=_without)
    yield read(
        "logged-under-another-digest",
        "not-in-log",
        "The leaf names another digest than that of the manifest.",
        log=_header_logged,
    )
    yield read(
        "logged-as-a-receipt",
        "not-in-log",
        "The digest stands in a leaf of another kind.",
        log=_receipt_logged,
    )
    yield read(
        "log-shown-is-not-the-one-signed",
        "not-in-log",
        "The leaves shown do not have the root of the checkpoint.",
        log=_other_root,
    )
