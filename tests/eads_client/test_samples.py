"""The samples that ship with the client: valid, varied, invented."""

from __future__ import annotations

import json
import struct
import zlib
from importlib.resources import files

import pytest

from eads_client.payloads import TraffickingRoute, WantedPerson, completeness, decode, encode
from eads_client.samples import portrait

SAMPLES = files("eads_client") / "samples"


def test_wanted_person_is_complete_and_in_many_scripts() -> None:
    payload = decode("wanted-person", "issue", (SAMPLES / "wanted-person.json").read_bytes())
    assert isinstance(payload, WantedPerson)
    scripts = {name.script for name in payload.person.names}
    assert {"Latn", "Thai", "Laoo", "Khmr", "Mymr", "Hani", "Arab"} <= scripts
    assert completeness(payload) == ["Add the day and month of birth if they can be found."]
    assert decode("wanted-person", "issue", encode(payload)) == payload


def test_route_branches_joins_and_is_complete() -> None:
    payload = decode(
        "trafficking-route", "issue", (SAMPLES / "trafficking-route.json").read_bytes()
    )
    assert isinstance(payload, TraffickingRoute)
    assert payload.branches
    assert payload.joins
    assert completeness(payload) == []
    assert decode("trafficking-route", "issue", encode(payload)) == payload


@pytest.mark.parametrize("name", ["wanted-person.json", "trafficking-route.json"])
def test_sample_is_stored_readably(name: str) -> None:
    text = (SAMPLES / name).read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False) + "\n"


def test_portrait_shows_what_its_drawing_draws() -> None:
    data = (SAMPLES / "photograph.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert 20_000 <= len(data) <= 60_000
    width, height = struct.unpack(">II", data[16:24])
    assert (width, height) == (portrait.WIDTH, portrait.HEIGHT)
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    # Pixels, not bytes: another zlib may pack them otherwise.
    assert zlib.decompress(data[at + 4 : at + 4 + length]) == portrait.pixels()
