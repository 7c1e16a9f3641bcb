"""From a notice to a vector: who judges it, with which keyrings, and what must come out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from specs.vectors.generate.cast import RECIPIENT, REVIEWER, SENDER, agencies
from specs.vectors.generate.documents import Vector, b64, digest, written
from specs.vectors.generate.notice import (
    NOW,
    Made,
    Notice,
    both,
    delivered_to,
    kid_of,
    make,
    officer_named,
    unchanged,
)

Json = Any
KEYRINGS = (SENDER, REVIEWER)


def judged(name: str, expect: str, comment: str, **notice: Json) -> Vector:
    """Steps 1 to 3 only: the envelope as somebody sees it who holds no wrap."""
    keyrings = notice.pop("keyrings", KEYRINGS)
    text = notice.pop("text", None)
    made = make(Notice(label=name, whole=False, **notice))
    content: dict[str, Json] = {"keyrings": _names(keyrings)}
    if expect == "ok":
        content["out"] = _facts(made, notice)
    content["envelope"] = written(text(made.raw) if text else made.raw)
    return Vector("envelope", name, expect, comment, content)


def posted(name: str, expect: str, comment: str, **notice: Json) -> Vector:
    """What the hub does with an envelope that is posted whole."""
    presented = notice.pop("presented", tuple)
    made = make(Notice(label=name, **notice))
    content: dict[str, Json] = {"posted": True, "keyrings": _names(KEYRINGS)}
    content["files"] = [{"base64": b64(raw)} for raw in presented(made.files)]
    if expect == "ok":
        route = {tag: entry["agency"] for tag, entry in made.route.items()}
        content["out"] = {**_facts(made, notice), "route": route}
    content["envelope"] = written(made.raw)
    return Vector("envelope", name, expect, comment, content)


def read(
    name: str,
    expect: str,
    comment: str,
    *,
    by: str = RECIPIENT,
    now: str = NOW,
    held: Json = None,
    log: Json = None,
    **notice: Json,
) -> Vector:
    """All nine steps, by an agency that was handed its own wrap."""
    presented = notice.pop("presented", tuple)
    change = notice.pop("envelope_change", unchanged)
    handed = delivered_to(notice.pop("delivered", by))
    made = make(Notice(label=name, envelope_change=both(handed, change), **notice))
    content: dict[str, Json] = {
        "agency": by,
        "encryption_seed": agencies()[by].epoch.seed.hex(),
        "keyrings": _names(KEYRINGS),
        "now": now,
    }
    if log is not None:
        content["log"] = log(made)
    if held is not None:
        content["held"] = held
    if made.files:
        content["files"] = [{"base64": b64(raw)} for raw in presented(made.files)]
    if expect == "ok":
        content["out"] = {**_facts(made, notice), **_opened(made, by, notice)}
    content["envelope"] = written(made.raw)
    return Vector("envelope", name, expect, comment, content)


def _names(keyrings: tuple[str, ...]) -> list[str]:
    return [f"{agency}/1" for agency in keyrings]


def _facts(made: Made, notice: Mapping[str, Json]) -> dict[str, Json]:
    signers = notice.get("signers", Notice.signers)
    return {
        "digest": digest(made.manifest),
        "header": made.header,
        "header_hash": made.header_hash.hex(),
        "signers": [[who.partition("@")[2] or SENDER, officer_named(who).id] for who in signers],
    }


def _opened(made: Made, by: str, notice: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "kid": kid_of(by),
        "cek": made.cek.hex(),
        "payload": written(notice.get("payload", Notice.payload)),
        "files": [digest(content) for content in notice.get("files", ())],
    }
