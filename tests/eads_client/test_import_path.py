"""Importing files and folders of INTERPOL's form, and the samples that ship with the client."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from eads_client.interpol import import_path, to_interpol
from eads_client.payloads import summary
from tests.eads_client.foreign import RED, YELLOW, same


def folder_with(tmp_path: Path, contents: dict[str, bytes]) -> Path:
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def test_folder_is_read_in_order_and_past_bad_files(tmp_path: Path) -> None:
    good = json.dumps(RED).encode()
    contents = {
        "c.json": good,
        "a.json": good,
        "b.json": json.dumps(RED | {"height": 40}).encode(),
        "d.json": b"\xff",
        "readme.txt": b"no notice",
    }
    results = list(import_path(folder_with(tmp_path, contents)))
    assert [result.file.name for result in results] == ["a.json", "b.json", "c.json", "d.json"]
    assert [result.notice is not None for result in results] == [True, False, True, False]
    assert str(results[1].error).startswith("b.json: height: ")
    assert results[3].error is not None
    assert results[3].error.file == "d.json"


def test_single_file_is_read(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, {"one.json": json.dumps(YELLOW).encode()})
    (result,) = import_path(folder / "one.json")
    assert result.notice is not None
    assert result.error is None


def _absent(folder: Path) -> Path:
    return folder / "absent.json"


def _folder_named_like_a_file(folder: Path) -> Path:
    (folder / "odd.json").mkdir()
    return folder


def _too_large(folder: Path) -> Path:
    return folder_with(folder, {"big.json": b" " * 300_000}) / "big.json"


@pytest.mark.parametrize("make", [_absent, _folder_named_like_a_file, _too_large])
def test_file_that_cannot_be_read_is_reported(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    (result,) = import_path(make(tmp_path))
    assert result.notice is None
    assert result.error is not None
    assert result.error.file == result.file.name


def test_shipped_samples_are_read_whole() -> None:
    with as_file(files("eads_client") / "samples" / "interpol") as folder:
        results = list(import_path(folder))
        documents = {path.name: json.loads(path.read_bytes()) for path in folder.glob("*.json")}
    notices = [result.notice for result in results if result.notice is not None]
    types = [notice.notice_type for notice in notices]
    assert (types.count("wanted-person"), types.count("missing-person")) == (16, 8)
    for result in results:
        assert result.notice is not None, result.error
        assert same(to_interpol(result.notice.payload), documents[result.file.name])
        assert result.notice.notice_type == result.notice.payload.type
        assert len(summary(result.notice.payload)) <= 80


def test_shipped_samples_cover_the_region() -> None:
    with as_file(files("eads_client") / "samples" / "interpol") as folder:
        notices = [result.notice for result in import_path(folder)]
    found = {code for each in notices if each for code in each.payload.person.nationalities}
    assert {"BN", "KH", "ID", "LA", "MY", "MM", "PH", "SG", "TH", "VN"} <= found
