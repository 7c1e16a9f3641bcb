"""Open: the nine steps of specs/envelope.md, "Verification", in their order.

The error names the first stage that fails, and ``step`` its number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from eads_client import payloads
from eads_client.content_key import ContentKey, check_blob_stream
from eads_client.draft import decode_content
from eads_client.errors import VerificationError
from eads_client.keys import Unwrapping
from eads_client.payloads import Payload, PayloadError
from eads_client.verification import verifying
from eads_wire.contexts import header_hash, wrap_info
from eads_wire.encoding import AgencyId, Digest, JsonObject, Kid
from eads_wire.envelope import Envelope, check_blob, decode_envelope, wrap_for
from eads_wire.errors import WireError, require
from eads_wire.header import Header
from eads_wire.quorum import Keyrings, Signer, check_roles, verify_quorum, verify_signatures

FindKey = Callable[[Kid], Unwrapping]
"""Finds the agency's encryption key of an epoch; raises VerificationError if it is not held."""


class Grounds(Protocol):
    """What opening asks of :class:`eads_client.trust.Trust`."""

    def keyrings_for(self, header: Header, index: int | None, now: datetime) -> Keyrings:
        """Step 2."""

    def check_in_log(self, header: Header, index: int | None) -> None:
        """Step 4."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opens: the agency and a way to its keys."""

    agency: AgencyId
    find_key: FindKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """The newest revision of a notice that the reader holds."""

    digest: Digest
    rev: int
    issuer: AgencyId
    type: str


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """A file of a notice: number from 1, ciphertext, and what the content says of it."""

    number: int
    sha256: Digest
    size: int
    name: str | None
    media_type: str | None
    role: str | None
    caption: str | None


@dataclass(frozen=True, slots=True)
class OpenedNotice:
    """A notice that passed every step.

    Attributes:
        raw: the envelope as received.
        payload: a model of ``eads_client.payloads``, or plain JSON where a type has none.
        content: the payload's bytes.
        signers: the officers who signed, verified.
        index: place in the log; None while the notice waits for signatures.
    """

    raw: bytes = field(repr=False)
    envelope: Envelope = field(repr=False)
    payload: Payload | JsonObject = field(repr=False)
    content: bytes = field(repr=False)
    signers: tuple[Signer, ...]
    index: int | None
    key: ContentKey = field(repr=False, compare=False)

    @property
    def header(self) -> Header:
        """The header."""
        return self.envelope.header

    @property
    def digest(self) -> Digest:
        """Identity of the revision."""
        return self.envelope.digest

    @property
    def files(self) -> tuple[NoticeFile, ...]:
        """The files that travel with it."""
        return list_files(self.envelope, self.payload)

    @property
    def summary(self) -> str:
        """One line about the content."""
        return summarise(self.header.type, self.payload)


def summarise(notice_type: str, payload: Payload | JsonObject) -> str:
    """One line about a payload; for a type without a model, the type."""
    return notice_type if isinstance(payload, dict) else payloads.summary(payload)


def list_files(envelope: Envelope, payload: Payload | JsonObject) -> tuple[NoticeFile, ...]:
    """Files of a notice: the manifest's ciphertexts with the names that the content gives them."""
    told = {} if isinstance(payload, dict) else {f.index: f for f in getattr(payload, "files", ())}
    found = []
    for number, blob in enumerate(envelope.manifest.blobs[1:], start=1):
        entry = told.get(number)
        found.append(
            NoticeFile(
                number,
                blob.sha256,
                blob.size,
                entry.name if entry else None,
                entry.media_type if entry else None,
                entry.role if entry else None,
                entry.caption if entry else None,
            )
        )
    return tuple(found)


def open_notice(
    raw: bytes,
    *,
    reader: Reader,
    grounds: Grounds,
    index: int | None,
    held: Held | None,
    now: datetime,
    files: Mapping[int, Path] | None = None,
) -> OpenedNotice:
    """Verify and open a notice that stands in the log.

    Args:
        raw: the envelope as received, whole or with the reader's own wrap only.
        reader: who opens.
        grounds: whom to believe; see :class:`eads_client.trust.Trust`.
        index: the notice's place in the log.
        held: the newest revision of it that the reader holds; None for a notice that is new.
        now: an aware time.
        files: ciphertexts of files at hand, by their number from 1.

    Raises:
        VerificationError: with the stage and the number of the first step that fails.
    """
    with verifying(1):
        envelope = decode_envelope(raw)
    with verifying(2):
        keyrings = grounds.keyrings_for(envelope.header, index, now)
    with verifying(3):
        signers = verify_quorum(envelope.manifest, envelope.signatures, keyrings)
    with verifying(4):
        grounds.check_in_log(envelope.header, index)
    return _open(raw, envelope, signers, reader, index, held, now, files or {})


def open_pending(
    raw: bytes, *, reader: Reader, grounds: Grounds, held: Held | None, now: datetime
) -> OpenedNotice:
    """Verify and open a notice that waits for signatures, for the officer who is asked to sign.

    As :func:`open_notice`, but the quorum need not be met yet (step 3 checks that each signature
    is genuine and of use) and there is no place in the log (step 4).

    Raises:
        VerificationError: with the stage and the number of the first step that fails.
    """
    with verifying(1):
        envelope = decode_envelope(raw)
    with verifying(2):
        keyrings = grounds.keyrings_for(envelope.header, None, now)
    with verifying(3):
        signers = verify_signatures(envelope.manifest, envelope.signatures, keyrings)
        check_roles(signers, keyrings[envelope.header.issuer], envelope.header.type)
    return _open(raw, envelope, signers, reader, None, held, now, {})


def _open(
    raw: bytes,
    envelope: Envelope,
    signers: tuple[Signer, ...],
    reader: Reader,
    index: int | None,
    held: Held | None,
    now: datetime,
    files: Mapping[int, Path],
) -> OpenedNotice:
    with verifying(5):
        kid, wrap = wrap_for(envelope, reader.agency)
    with verifying(6):
        _check_blobs(envelope, files)
    with verifying(7):
        key = unwrap_content_key(envelope, reader, kid, wrap)
        content = key.open_body(envelope.body)
    with verifying(8):
        payload = _decode_payload(envelope.header, content)
    with verifying(9):
        check_order(envelope.header, held, now)
    return OpenedNotice(raw, envelope, payload, content, signers, index, key)


def _check_blobs(envelope: Envelope, files: Mapping[int, Path]) -> None:
    check_blob(envelope.manifest.blobs[0], envelope.body)
    blobs = envelope.manifest.blobs
    for number, path in files.items():
        require(0 < number < len(blobs), "corrupt-payload", "the notice has no such file")
        try:
            with path.open("rb") as stream:
                check_blob_stream(blobs[number], stream)
        except OSError:
            raise VerificationError("corrupt-payload", "a blob cannot be read") from None


def unwrap_content_key(envelope: Envelope, reader: Reader, kid: Kid, wrap: bytes) -> ContentKey:
    """Step 7, first half: the content key of a notice.

    Raises:
        VerificationError: ``corrupt-payload``.
    """
    c = header_hash(envelope.manifest.header_raw)
    return ContentKey(reader.find_key(kid).unwrap(wrap, wrap_info(c, kid)), c)


def _decode_payload(header: Header, content: bytes) -> Payload | JsonObject:
    try:
        return decode_content(header.type, header.act, content)
    except PayloadError as error:
        # The text names a field of the schema and never what stands in it.
        raise VerificationError("corrupt-payload", f"the content: {error}") from None
    except WireError as error:
        raise VerificationError("corrupt-payload", f"the content: {error.detail}") from None


def check_order(header: Header, held: Held | None, now: datetime) -> None:
    """Step 9: the revision continues the one held, and the notice has not expired.

    A reader that holds none takes any revision: an agency may be added by an update.

    Raises:
        WireError: ``stale``.
    """
    if held is not None:
        require(header.issuer == held.issuer, "stale", "the revision is of another issuer")
        require(header.type == held.type, "stale", "the revision is of another type")
        follows = header.rev == held.rev + 1 and header.prev == held.digest
        require(follows, "stale", "the revision does not continue the one held")
    require(header.expires > now, "stale", "the notice has expired")


def open_file(opened: OpenedNotice, number: int, source: Path, destination: Path) -> None:
    """Open a file of an opened notice (steps 6 and 7 for a file).

    Args:
        opened: the notice.
        number: from 1.
        source: the ciphertext.
        destination: where the plaintext goes, mode 0600; it appears whole and verified or not
            at all.

    Raises:
        VerificationError: ``corrupt-payload``.
    """
    blobs = opened.envelope.manifest.blobs
    if not 1 <= number < len(blobs):
        raise VerificationError("corrupt-payload", "the notice has no file of this number")
    opened.key.open_file(number, blobs[number], source, destination)
