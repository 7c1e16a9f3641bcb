"""Files' ciphertexts to the hub and back; both ways go on where they stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from eads_client.content_key import check_blob_stream
from eads_client.errors import (
    BadAnswer,
    Conflict,
    HubTimeout,
    HubUnreachable,
    NotFound,
    ProfileError,
    TryLater,
    VerificationError,
)
from eads_client.hub import Hub
from eads_client.padded import PIECE
from eads_client.private_files import sync_folder
from eads_client.transport import Call, read_pieces
from eads_wire.envelope import Blob

PART: Final = 4 * 1024 * 1024
"""Bytes that one request carries; what a cut connection costs at most."""
_TRIES: Final = 5
# Slow lines: 64 MiB at 64 kbit/s takes over two hours.
_PATIENCE: Final = 3 * 3600.0

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""


def _no_progress(_done: int, _total: int) -> None:
    """Nobody watches."""


def upload(hub: Hub, blob: Blob, source: Path, progress: Progress = _no_progress) -> None:
    """Give the hub a ciphertext, in parts; what it holds already is not sent again.

    Args:
        hub: where to.
        blob: digest and size of the ciphertext.
        source: its file.
        progress: called after each part.

    Raises:
        HubError, TransportError: what was sent stays there for the next try.
        ProfileError: the file cannot be read.
    """
    done, resets = _begun(hub, blob), 0
    while done < blob.size:
        try:
            _put_part(hub, blob, source, done)
            done = min(done + PART, blob.size)
        except Conflict as error:
            # Another upload of the same bytes, or a part that arrived although its answer did
            # not: the hub says where to go on.
            resets += 1
            if error.code != "wrong-offset" or error.received is None or resets > _TRIES:
                raise
            done = _resume_at(error.received, blob)
        progress(done, blob.size)
    progress(blob.size, blob.size)


def _begun(hub: Hub, blob: Blob) -> int:
    """Bytes that the hub holds already."""
    try:
        hub.send(Call(method="HEAD", path=f"blobs/{blob.sha256}"))
    except NotFound as error:
        return _resume_at(error.received or 0, blob)
    return blob.size


def _resume_at(received: int, blob: Blob) -> int:
    # Every byte is there and yet no blob: the hub died before it took it. Begin again.
    return received if received < blob.size else 0


def _put_part(hub: Hub, blob: Blob, source: Path, start: int) -> None:
    end = min(start + PART, blob.size)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(end - start)}
    if not (start == 0 and end == blob.size):
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{blob.size}"
    hub.send(
        Call(
            method="PUT",
            path=f"blobs/{blob.sha256}",
            headers=headers,
            body=lambda: _pieces(source, start, end),
        )
    )


def _pieces(source: Path, start: int, end: int) -> Iterator[bytes]:
    try:
        with source.open("rb") as stream:
            stream.seek(start)
            left = end - start
            while left > 0 and (piece := stream.read(min(PIECE, left))):
                left -= len(piece)
                yield piece
    except OSError as error:
        raise ProfileError(f"{source} cannot be read: {error.strerror}") from None


def download(hub: Hub, blob: Blob, target: Path, progress: Progress = _no_progress) -> None:
    """Fetch a ciphertext; ``target`` appears whole and with the signed digest or not at all.

    A part that arrived earlier lies beside ``target`` and is not fetched again.

    Raises:
        HubError, TransportError: what arrived stays for the next try.
        VerificationError: ``corrupt-payload``; what arrived is thrown away.
        ProfileError: ``target`` cannot be written.
    """
    try:
        _download(hub, blob, target, progress)
    except OSError as error:
        raise ProfileError(f"{target} cannot be written: {error.strerror}") from error


def _download(hub: Hub, blob: Blob, target: Path, progress: Progress) -> None:
    partial = target.with_name(f"{target.name}.part")
    tries = 0
    while (done := _size(partial)) < blob.size:
        try:
            _get_rest(hub, blob, partial, done, progress)
        except (TryLater, HubUnreachable, HubTimeout):
            # Only tries that brought nothing count.
            tries = tries + 1 if _size(partial) == done else 0
            if tries >= _TRIES:
                raise
    try:
        with partial.open("rb") as stream:
            check_blob_stream(blob, stream)
            os.fsync(stream.fileno())
    except VerificationError:
        partial.unlink(missing_ok=True)
        raise
    partial.replace(target)
    sync_folder(target.parent)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _get_rest(hub: Hub, blob: Blob, partial: Path, done: int, progress: Progress) -> None:
    headers = {"Accept": "application/octet-stream"}
    if done:
        headers["Range"] = f"bytes={done}-"
    call = Call(method="GET", path=f"blobs/{blob.sha256}", headers=headers)
    with hub.open_stream(call) as response:
        if response.status_code not in (200, 206):
            raise BadAnswer("the hub did not answer with the blob")
        if done and response.status_code == 200:
            done = 0  # It sends everything: begin again.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        with open(os.open(partial, flags, 0o600), "r+b") as stream:
            stream.truncate(done)
            stream.seek(done)
            for piece in read_pieces(response, blob.size - done, _PATIENCE):
                done += stream.write(piece)
                progress(done, blob.size)
