"""The content key of a notice, and what is sealed under it: the body and the files.

Source: specs/envelope.md, "Sealing"; C2SP chunked-encryption (Cobblestone-256).
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, Final, NoReturn, final

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from eads_client.errors import DraftError, VerificationError
from eads_client.padded import PIECE, Unpadder, pad_stream
from eads_client.private_files import atomic_file
from eads_client.verification import verifying
from eads_wire import limits
from eads_wire.contexts import body_context, file_context
from eads_wire.encoding import Digest
from eads_wire.envelope import Blob
from eads_wire.padding import pad, unpad

_KEY: Final = 32


@final
class ContentKey:
    """CEK and header hash of one revision.

    Args:
        key: 32 bytes.
        c: the header hash (``eads_wire.contexts.header_hash``).
    """

    __slots__ = ("_c", "_key")

    def __init__(self, key: bytes, c: bytes) -> None:
        if len(key) != _KEY:
            raise VerificationError("corrupt-payload", "the content key has not 32 bytes")
        self._key = key
        self._c = c

    @classmethod
    def generate(cls, c: bytes) -> ContentKey:
        """A new key for a new revision."""
        return cls(Cobblestone256Encryptor.generate_key(), c)

    @property
    def secret(self) -> bytes:
        """The CEK, for wrapping."""
        return self._key

    def seal_body(self, payload: bytes) -> bytes:
        """The padded payload as ciphertext."""
        cipher = Cobblestone256Encryptor(self._key, body_context(self._c))
        return cipher.update(pad(payload)) + cipher.finalize()

    def open_body(self, body: bytes) -> bytes:
        """The payload inside. Raises VerificationError ``corrupt-payload``."""
        try:
            cipher = Cobblestone256Decryptor(self._key, body_context(self._c))
            padded = cipher.update(body) + cipher.finalize()
        except (InvalidTag, ValueError):
            raise VerificationError("corrupt-payload", "the body does not open") from None
        with verifying():
            return unpad(padded)

    def seal_file(self, number: int, source: Path, folder: Path) -> Blob:
        """Seal one file into ``folder`` under the name of its ciphertext's digest.

        Args:
            number: from 1, its place among the notice's files.
            source: the plaintext.
            folder: where the ciphertext goes.

        Raises:
            DraftError: it cannot be read, or is larger than 64 MiB sealed.
        """
        try:
            with source.open("rb") as stream:
                return self._seal_stream(number, stream, folder)
        except OSError as error:
            raise DraftError(f"{source} cannot be read: {error.strerror}") from None

    def _seal_stream(self, number: int, stream: BinaryIO, folder: Path) -> Blob:
        cipher = Cobblestone256Encryptor(self._key, file_context(self._c, number))
        sha256, size = hashlib.sha256(), 0
        unnamed = folder / f"sealing-{number}"
        with atomic_file(unnamed) as target:
            length = os.fstat(stream.fileno()).st_size
            if length > limits.FILE_BYTES:
                raise DraftError(f"file {number} is larger than 64 MiB")
            for piece in pad_stream(stream, length):
                sealed = cipher.update(piece)
                sha256.update(sealed)
                size += target.write(sealed)
            sealed = cipher.finalize()
            sha256.update(sealed)
            size += target.write(sealed)
            if size > limits.FILE_BYTES:
                raise DraftError(f"file {number} is larger than 64 MiB once it is sealed")
        blob = Blob(Digest(sha256.hexdigest()), size)
        unnamed.replace(folder / blob.sha256)
        return blob

    def open_file(self, number: int, blob: Blob, source: Path, destination: Path) -> None:
        """Open one file; ``destination`` appears whole and verified or not at all.

        Args:
            number: from 1.
            blob: what the manifest says of its ciphertext.
            source: the ciphertext.
            destination: where the plaintext goes, mode 0600.

        Raises:
            VerificationError: ``corrupt-payload``.
            ProfileError: ``destination`` cannot be written.
        """
        try:
            with source.open("rb") as stream:
                # The signed digest first: nothing is decrypted that was not signed.
                check_blob_stream(blob, stream)
                stream.seek(0)
                with atomic_file(destination) as target:
                    self._open_stream(number, stream, target)
        except OSError as error:
            raise VerificationError(
                "corrupt-payload", f"the file's ciphertext cannot be read: {error.strerror}"
            ) from None

    def _open_stream(self, number: int, stream: BinaryIO, target: BinaryIO) -> None:
        unpadder = Unpadder()
        with verifying():
            try:
                cipher = Cobblestone256Decryptor(self._key, file_context(self._c, number))
                while piece := stream.read(PIECE):
                    target.write(unpadder.feed(cipher.update(piece)))
                target.write(unpadder.feed(cipher.finalize()))
            except (InvalidTag, ValueError):
                raise VerificationError("corrupt-payload", "a file does not open") from None
            unpadder.finish()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a content key is not copied or pickled")

    def __repr__(self) -> str:
        return "<ContentKey>"


def check_blob_stream(blob: Blob, stream: BinaryIO) -> None:
    """A ciphertext has the size and digest that were signed.

    Raises:
        VerificationError: ``corrupt-payload``.
    """
    if os.fstat(stream.fileno()).st_size != blob.size:
        raise VerificationError("corrupt-payload", "a blob has the wrong size")
    sha256 = hashlib.sha256()
    while piece := stream.read(PIECE):
        sha256.update(piece)
    if sha256.hexdigest() != blob.sha256:
        raise VerificationError("corrupt-payload", "a blob is not the one that was signed")
