"""Sealed files: whole or in parts, never half, and for those who hold the notice."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from agencies.models import Agency
from eads_client.seal import SealedNotice
from eads_wire.limits import FILE_BYTES
from notices import blobs
from notices.models import Blob
from tests.cast import OUTSIDER, RECIPIENT, SENDER
from tests.notices.forging import change_row, follow, posted, upload, with_files
from tests.stage import Stage, code_of
from transparency.tenancy import system

CONTENT = bytes(range(256)) * 40
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def store(settings: Any, tmp_path: Path) -> Any:
    """A store and an upload folder of the test's own."""
    settings.EADS_DATA_DIR = tmp_path / "data"
    folder = {"location": str(tmp_path / "store")}
    settings.STORAGES = settings.STORAGES | {
        "blobs": settings.STORAGES["blobs"] | {"OPTIONS": folder}
    }
    return storages["blobs"]


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def put(stage: Stage, content: bytes = CONTENT, name: str = NAME, **headers: str) -> Any:
    return upload(stage, SENDER, name, content, **headers)


def part(stage: Stage, start: int, stop: int, total: int = len(CONTENT)) -> Any:
    return put(stage, CONTENT[start:stop], Content_Range=f"bytes {start}-{stop - 1}/{total}")


def get(stage: Stage, agency: str = SENDER, name: str = NAME, **headers: str) -> Any:
    return stage.ask("GET", f"blobs/{name}", agency, headers=headers)


def head(stage: Stage, agency: str = SENDER, name: str = NAME) -> Any:
    return stage.ask("HEAD", f"blobs/{name}", agency)


def sent(stage: Stage, folder: Path) -> tuple[SealedNotice, str, bytes]:
    """A logged notice to the recipient with one file."""
    notice, (content,) = with_files(stage, folder, [b"a photograph"], [stage[RECIPIENT]])
    name = notice.files[0].sha256
    assert put(stage, content, name).status_code == 201
    posted(stage, notice)
    return notice, name, content


# ------------------------------------------------------------------ up


def test_a_whole_blob_is_taken_once(stage: Stage) -> None:
    assert put(stage).status_code == 201
    assert put(stage).status_code == 200
    assert body_of(get(stage)) == CONTENT
    assert head(stage).headers["Content-Length"] == str(len(CONTENT))


def test_a_blob_comes_in_parts(stage: Stage) -> None:
    first = part(stage, 0, 4000)
    assert (first.status_code, first.json()) == (202, {"received": 4000})
    assert get(stage).status_code == 404, "half a blob is no blob"
    assert part(stage, 4000, 8000).json() == {"received": 8000}
    assert part(stage, 8000, len(CONTENT)).status_code == 201
    assert body_of(get(stage)) == CONTENT


def test_an_upload_that_was_cut_off_says_where_to_go_on(stage: Stage) -> None:
    part(stage, 0, 4000)
    answer = head(stage)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (404, "4000")
    assert "Upload-Offset" not in head(stage, RECIPIENT).headers
    again = part(stage, 2000, 6000)
    assert (again.status_code, code_of(again), again.json()["received"]) == (
        409,
        "wrong-offset",
        4000,
    )
    assert part(stage, 4000, len(CONTENT)).status_code == 201


def test_a_gap_is_refused(stage: Stage) -> None:
    part(stage, 0, 4000)
    answer = part(stage, 5000, 6000)
    assert (code_of(answer), answer.json()["received"]) == ("wrong-offset", 4000)


def test_a_body_that_breaks_off_is_kept_up_to_there(stage: Stage) -> None:
    answer = stage.ask(
        "PUT",
        f"blobs/{NAME}",
        SENDER,
        content_type="application/octet-stream",
        CONTENT_LENGTH=str(len(CONTENT)),
        **{"wsgi.input": io.BytesIO(CONTENT[:5000])},
    )
    assert code_of(answer) == "bad-request"
    assert get(stage).status_code == 404
    assert put(stage).status_code == 201, "sent anew from the beginning"
    assert body_of(get(stage)) == CONTENT


def test_bytes_of_another_digest_are_refused_and_thrown_away(stage: Stage, store: Any) -> None:
    answer = put(stage, b"something else")
    assert (answer.status_code, code_of(answer)) == (422, "blob-mismatch")
    assert not store.exists(NAME)
    with system():
        assert not Blob.objects.exists()
    assert "Upload-Offset" not in head(stage).headers
    assert put(stage).status_code == 201


@pytest.mark.parametrize(
    "content_range",
    ["bytes 0-9/5", "bytes 5-1/20", "bytes 0-3/20", "items 0-4/20", "bytes 0-4/*", "bytes -4/20"],
)
def test_a_range_that_makes_no_sense_is_refused(stage: Stage, content_range: str) -> None:
    answer = put(stage, b"12345", Content_Range=content_range)
    assert code_of(answer) == "bad-request"


def test_a_blob_without_bytes_is_refused(stage: Stage) -> None:
    answer = put(stage, b"", hashlib.sha256(b"").hexdigest())
    assert code_of(answer) == "bad-request"


def test_a_file_that_is_too_large_is_refused_before_it_is_read(stage: Stage) -> None:
    whole = stage.ask("PUT", f"blobs/{NAME}", SENDER, CONTENT_LENGTH=str(FILE_BYTES + 1))
    assert code_of(whole) == "too-large"
    in_parts = put(stage, b"12345", Content_Range=f"bytes 0-4/{FILE_BYTES + 1}")
    assert code_of(in_parts) == "too-large"


def test_the_days_bytes_are_limited(stage: Stage) -> None:
    Agency.objects.filter(id=SENDER).update(blob_bytes_per_day=len(CONTENT) + 3)
    assert put(stage).status_code == 201
    answer = put(stage, b"four", hashlib.sha256(b"four").hexdigest())
    assert (answer.status_code, code_of(answer)) == (429, "quota-exceeded")
    assert put(stage).status_code == 200


def test_two_uploads_of_one_blob_at_once_do_not_mix(stage: Stage) -> None:
    part(stage, 0, 4000)
    path = blobs._part_path(stage[SENDER].agency, NAME)
    with blobs._part_file(path):
        answer = part(stage, 4000, 8000)
        assert (answer.status_code, code_of(answer)) == (503, "busy")
    assert part(stage, 4000, len(CONTENT)).status_code == 201


def test_two_agencies_uploading_the_same_do_not_share_a_part(stage: Stage) -> None:
    part(stage, 0, 4000)
    assert upload(stage, OUTSIDER, NAME, CONTENT).status_code == 201
    assert head(stage).headers["Upload-Offset"] == "4000"
    assert part(stage, 4000, len(CONTENT)).status_code == 201


def test_what_a_killed_process_left_in_the_store_is_not_taken_for_the_blob(
    stage: Stage, store: Any
) -> None:
    store.save(NAME, ContentFile(CONTENT[:100]))
    assert put(stage).status_code == 201
    assert body_of(get(stage)) == CONTENT


# ------------------------------------------------------------------ down


def test_recipients_read_a_file_and_others_learn_nothing(stage: Stage, tmp_path: Path) -> None:
    _, name, content = sent(stage, tmp_path)
    assert body_of(get(stage, RECIPIENT, name)) == content
    assert body_of(get(stage, SENDER, name)) == content
    refused, unknown = get(stage, OUTSIDER, name), get(stage, OUTSIDER, "0" * 64)
    assert (refused.status_code, refused.content) == (404, unknown.content)
    refused, unknown = head(stage, OUTSIDER, name), head(stage, OUTSIDER, "0" * 64)
    assert (refused.status_code, dict(refused.headers)) == (404, dict(unknown.headers))


def test_a_file_of_a_notice_that_waits_is_not_for_its_recipients_yet(
    stage: Stage, tmp_path: Path
) -> None:
    notice, (content,) = with_files(stage, tmp_path, [b"x"], [stage[RECIPIENT]])
    put(stage, content, notice.files[0].sha256)
    stage.post(notice)
    assert get(stage, RECIPIENT, notice.files[0].sha256).status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=10000-", (10000, 10240)),
        ("bytes=10239-99999", (10239, 10240)),
    ],
)
def test_a_range_of_a_blob(stage: Stage, asked: str, found: tuple[int, int]) -> None:
    put(stage)
    answer = get(stage, Range=asked)
    assert (answer.status_code, body_of(answer)) == (206, CONTENT[slice(*found)])
    assert answer.headers["Content-Range"] == f"bytes {found[0]}-{found[1] - 1}/{len(CONTENT)}"


def test_a_range_beyond_the_end_is_refused(stage: Stage) -> None:
    put(stage)
    answer = get(stage, Range="bytes=10240-")
    assert (answer.status_code, code_of(answer)) == (416, "range-not-satisfiable")


# ------------------------------------------------------------------ away


def age(**length: float) -> None:
    with system():
        Blob.objects.update(created=timezone.now() - timedelta(**length))


def test_a_blob_that_no_notice_names_goes_after_a_day(stage: Stage, store: Any) -> None:
    put(stage)
    age(hours=23)
    assert blobs.sweep_blobs() == 0
    age(hours=25)
    assert blobs.sweep_blobs() == 1
    assert not store.exists(NAME)
    assert get(stage).status_code == 404


def test_a_blob_that_a_notice_names_stays(stage: Stage, tmp_path: Path) -> None:
    _, name, content = sent(stage, tmp_path)
    age(days=400)
    assert blobs.sweep_blobs() == 0
    assert body_of(get(stage, RECIPIENT, name)) == content


def test_a_withdrawn_notices_file_is_out_of_reach_at_once_and_then_removed(
    stage: Stage, tmp_path: Path, store: Any
) -> None:
    notice, name, _ = sent(stage, tmp_path)
    posted(stage, follow(stage, notice, "withdraw", [stage[RECIPIENT]]))
    for agency in (SENDER, RECIPIENT):
        assert get(stage, agency, name).status_code == 404
    assert blobs.sweep_blobs() == 1
    assert not store.exists(name)


def test_the_files_of_a_notice_that_was_refused_are_removed(
    stage: Stage, tmp_path: Path, store: Any
) -> None:
    notice, (content,) = with_files(stage, tmp_path, [b"x"], [stage[RECIPIENT]])
    name = notice.files[0].sha256
    put(stage, content, name)
    assert stage.post(replace(notice, signatures=notice.signatures[:1])).status_code == 202
    change_row(notice.digest, expires=timezone.now() - timedelta(seconds=1))
    stage.sequencer.run_chores()
    age(hours=25)
    assert blobs.sweep_blobs() == 1
    assert not store.exists(name)
