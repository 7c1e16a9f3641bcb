"""Files that travel beside the payload as blobs: photographs, cards, scans, evidence.

The envelope names blobs by digest only. What they are called and what they show stands here, in
the sealed payload; everything else refers to a file by its index.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from eads_client.payloads.codes import FileRole
from eads_client.payloads.record import FILES_MAX, Line, Record

_MEDIA_TYPE_PATTERN = r"^[a-z]+/[a-z0-9][a-z0-9.+-]{0,79}$"
_NAME_MAX_CHARACTERS = 120


def _plain_name(name: str) -> str:
    if name.startswith(".") or any(character in '/\\:*?"<>|' for character in name):
        raise PydanticCustomError("file_name", "write a plain file name, no folder, no leading dot")
    return name


def _numbered(files: tuple[File, ...]) -> tuple[File, ...]:
    if [file.index for file in files] != list(range(1, len(files) + 1)):
        raise PydanticCustomError(
            "file_index", "number the files 1, 2, 3 in the order of the blobs"
        )
    return files


FileIndex = Annotated[int, Field(ge=1, le=FILES_MAX)]
"""Index of a file in `files`, from 1."""


class File(Record):
    """One blob of the envelope."""

    index: FileIndex
    """Place of the blob in the envelope, from 1."""
    name: Annotated[Line, Field(max_length=_NAME_MAX_CHARACTERS), AfterValidator(_plain_name)]
    """File name, without a folder."""
    media_type: Annotated[str, Field(pattern=_MEDIA_TYPE_PATTERN)]
    """Media type, such as `image/jpeg`."""
    role: FileRole
    caption: Line | None = None
    """What the file shows."""


Files = Annotated[
    tuple[File, ...], Field(strict=False, max_length=FILES_MAX), AfterValidator(_numbered)
]
