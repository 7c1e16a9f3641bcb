"""Step 3, its end: every role met by a different officer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.vectors.generate.cast import RECIPIENT, REVIEWER, SENDER
from specs.vectors.generate.documents import Vector
from specs.vectors.generate.scenario import judged

Json = Any
LIAISON, APPROVER = "s.wulandari", "b.santoso#2"


def vectors() -> Iterator[Vector]:
    yield from _quorum()
    yield from _quorum_of()
    yield from _reviewers()
    yield from _reviewing_agency()


def wanted(name: str, expect: str, comment: str, *signers: str, **notice: Json) -> Vector:
    """A notice that a liaison and an approver must sign."""
    return judged(name, expect, comment, type="wanted-person", signers=signers, **notice)


def _quorum() -> Iterator[Vector]:
    yield wanted("one-of-two-signatures", "no-quorum", "The liaison alone.", LIAISON)
    yield wanted("two-liaisons", "no-quorum", "Two liaisons and no approver.", LIAISON, "r.hidayat")
    yield wanted(
        "one-officer-with-two-roles",
        "no-quorum",
        "Liaison and approver in one person.",
        "d.lestari",
    )
    yield wanted(
        "analyst-instead-of-approver",
        "no-quorum",
        "An analyst meets no role of the quorum.",
        LIAISON,
        "a.pratama",
    )
    yield wanted(
        "analyst-besides",
        "no-quorum",
        "The quorum is met, and a signer besides holds no role that it names.",
        LIAISON,
        APPROVER,
        "a.pratama",
    )


def _quorum_of() -> Iterator[Vector]:
    yield judged(
        "quorum-of-its-own-type",
        "no-quorum",
        "One liaison is enough for any other type, but not for this.",
        type="unidentified-body",
    )
    yield judged(
        "quorum-of-an-update",
        "no-quorum",
        "An update needs the same quorum.",
        type="wanted-person",
        header={"rev": 2, "prev": "0" * 64, "act": "update"},
    )
    yield judged(
        "quorum-of-a-withdrawal",
        "no-quorum",
        "A withdrawal needs the same quorum.",
        type="wanted-person",
        header={"rev": 2, "prev": "0" * 64, "act": "withdraw"},
    )


def reviewed(name: str, expect: str, comment: str, *signers: str, **notice: Json) -> Vector:
    """A notice that one liaison and one reviewer of another agency must sign."""
    notice.setdefault("named", (SENDER, RECIPIENT, REVIEWER))
    return judged(
        name, expect, comment, type="missing-person", signers=(LIAISON, *signers), **notice
    )


def _reviewers() -> Iterator[Vector]:
    yield reviewed("reviewer-missing", "no-quorum", "Nobody has reviewed.")
    yield reviewed(
        "reviewer-of-the-issuer",
        "no-quorum",
        "A reviewer of the issuer's own is not asked for.",
        "m.utami",
    )
    yield reviewed(
        "reviewer-of-another-agency",
        "unknown-key",
        "A reviewer of an agency that is not asked.",
        f"w.thong@{RECIPIENT}",
        keyrings=(SENDER, RECIPIENT, REVIEWER),
    )
    yield reviewed(
        "reviewer-without-the-role",
        "no-quorum",
        "An officer of the right agency who reviews not.",
        f"w.lim@{REVIEWER}",
    )
    yield reviewed(
        "reviewer-revoked", "revoked-key", "The reviewer's key was revoked.", f"o.reyes@{REVIEWER}"
    )
    yield reviewed(
        "reviewer-without-keyring",
        "unknown-key",
        "The reviewer's keyring is not at hand.",
        f"v.tan@{REVIEWER}",
        keyrings=(SENDER,),
    )


def _reviewing_agency() -> Iterator[Vector]:
    yield reviewed(
        "reviewer-not-a-recipient",
        "no-quorum",
        "The reviewing agency is not among the recipients.",
        f"v.tan@{REVIEWER}",
        named=(SENDER, RECIPIENT),
    )
    yield reviewed(
        "reviewer-hidden",
        "no-quorum",
        "The reviewing agency is a hidden recipient only.",
        f"v.tan@{REVIEWER}",
        named=(SENDER, RECIPIENT),
        hidden=(REVIEWER,),
    )
    yield judged(
        "reviewer-not-asked",
        "unknown-key",
        "The quorum of this type asks no other agency.",
        named=(SENDER, REVIEWER),
        signers=(LIAISON, f"v.tan@{REVIEWER}"),
    )
