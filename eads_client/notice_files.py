"""Files of held notices: fetch the ciphertext, open it to where the officer wants it.

Every path is written down first, so that a withdrawal or expiry deletes the file too.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from eads_client.blob_transfer import download
from eads_client.content_key import check_blob_stream
from eads_client.errors import ReplicaError, VerificationError
from eads_client.opening import unwrap_content_key
from eads_client.session import Session
from eads_wire.encoding import Digest
from eads_wire.envelope import Blob, Envelope, wrap_for

Progress = Callable[[int, int], None]
"""Called with bytes fetched and bytes in all."""


def fetch_file(
    session: Session, digest: Digest, number: int, on_progress: Progress | None = None
) -> Path:
    """Fetch the ciphertext of a file into the profile; what is there already is not fetched.

    Args:
        digest: of a held notice.
        number: from 1.
        on_progress: called as it arrives.

    Returns:
        The ciphertext's file.

    Raises:
        ReplicaError: the notice is not held any more, or has no such file.
        VerificationError: what arrived is not what was signed.
        HubError, TransportError: the hub does not give it; what arrived stays for the next try.
    """
    _, blob = _file_of(session, digest, number)
    target = session.profile.folder("files") / blob.sha256
    session.replica.copies.add(digest, target)
    if not _is_whole(target, blob):
        download(session.hub, blob, target, on_progress or (lambda _done, _total: None))
    return target


def _is_whole(path: Path, blob: Blob) -> bool:
    """Whether a ciphertext lies here already; a damaged one is fetched again."""
    try:
        with path.open("rb") as stream:
            check_blob_stream(blob, stream)
    except (OSError, VerificationError):
        return False
    return True


def open_held_file(
    session: Session,
    digest: Digest,
    number: int,
    destination: Path,
    on_progress: Progress | None = None,
) -> Path:
    """Fetch and open a file of a held notice.

    Args:
        digest: of the notice.
        number: from 1.
        destination: where the plaintext goes, mode 0600. It appears whole and verified or not at
            all, and is deleted when the notice is withdrawn or expires.
        on_progress: called as the ciphertext arrives.

    Raises:
        ReplicaError, VerificationError, HubError, TransportError: as :func:`fetch_file`.
        ProfileError: ``destination`` cannot be written.
    """
    source = fetch_file(session, digest, number, on_progress)
    envelope, blob = _file_of(session, digest, number)
    reader = session.reader()
    kid, wrap = wrap_for(envelope, reader.agency)
    key = unwrap_content_key(envelope, reader, kid, wrap)
    session.replica.copies.add(digest, destination)
    key.open_file(number, blob, source, destination)
    return destination


def _file_of(session: Session, digest: Digest, number: int) -> tuple[Envelope, Blob]:
    envelope = session.replica.notice(digest).envelope
    if envelope is None:
        raise ReplicaError("the notice was withdrawn or has expired: its files are gone")
    if not 1 <= number < len(envelope.manifest.blobs):
        raise ReplicaError(f"the notice has no file {number}")
    return envelope, envelope.manifest.blobs[number]
