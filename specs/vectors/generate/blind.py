"""Tags of hidden recipients."""

from __future__ import annotations

from collections.abc import Iterator

from specs.vectors.generate.cast import HIDDEN, RECIPIENT, SENDER, agencies
from specs.vectors.generate.documents import Vector
from specs.vectors.generate.notice import blind_tag, kid_of
from specs.vectors.generate.primitives import drawn


def vectors() -> Iterator[Vector]:
    for name, agency, nonce in (
        ("ok", HIDDEN, drawn("nonce", 16)),
        ("ok-zero-nonce", RECIPIENT, bytes(16)),
        ("ok-longest-agency", "ABC-" + "Z9" * 8, drawn("another nonce", 16)),
    ):
        kid = kid_of(agency) if agency in agencies() else kid_of(SENDER)
        content = {
            "agency": agency,
            "kid": kid,
            "nonce": nonce.hex(),
            "out": {"tag": blind_tag(nonce, kid, agency)},
        }
        yield Vector("blind", name, "ok", "The tag that stands for a hidden recipient.", content)
