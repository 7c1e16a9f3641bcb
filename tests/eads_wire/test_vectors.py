"""Every test vector: the first step that fails is the one expected, or what comes out is right."""

from __future__ import annotations

import pytest

from eads_wire.errors import STAGES, WireError
from tests.eads_wire.vector_files import FOLDER, bytes_of, formats, load, names
from tests.eads_wire.verdicts import VERDICTS


def expected(vector: dict[str, object]) -> object:
    """``out`` with the one value that is written as bytes."""
    out = vector["out"] if "out" in vector else {"sizes": vector["sizes"]}
    assert isinstance(out, dict)
    return out | {"payload": bytes_of(out["payload"])} if "payload" in out else out


@pytest.mark.parametrize("name", names(*VERDICTS))
def test_vector(name: str) -> None:
    vector = load(name)
    verdict = VERDICTS[name.partition("/")[0]]
    if vector["expect"] == "ok":
        assert verdict(vector) == expected(vector)
        return
    with pytest.raises(WireError) as caught:
        verdict(vector)
    assert caught.value.stage == vector["expect"], caught.value.detail


def test_every_format_has_vectors_and_every_vector_a_verdict() -> None:
    assert formats() == sorted(VERDICTS)
    assert all(names(each) for each in VERDICTS)


def test_every_vector_says_what_it_is() -> None:
    for name in names(*VERDICTS):
        vector = load(name)
        assert name.partition("/")[2].startswith("ok") == (vector["expect"] == "ok"), name
        assert vector["comment"].endswith("."), name


def test_every_stage_is_reached() -> None:
    reached = {load(name)["expect"] for name in names(*VERDICTS)}
    assert reached == {"ok", *STAGES}


def test_the_folder_stays_small() -> None:
    size = sum(path.stat().st_size for path in FOLDER.glob("*/*.json"))
    assert size < 4_500_000
