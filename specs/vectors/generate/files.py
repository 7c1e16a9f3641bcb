"""The files: which there are, how they are written, which differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from specs.vectors.generate import (
    assertion,
    blind,
    checkpoint,
    envelope_accepted,
    envelope_delivered,
    envelope_encoding,
    envelope_header,
    envelope_logged,
    envelope_quorum,
    envelope_recipients,
    envelope_sealed,
    envelope_signed,
    grant,
    json_text,
    keyring_chain,
    keyring_form,
    padding,
    receipt,
    region,
    tree,
)
from specs.vectors.generate.cast import key_files
from specs.vectors.generate.documents import Vector, file_text

FOLDER = Path(__file__).resolve().parent.parent

Source = Callable[[], Iterator[Vector]]
SOURCES: Mapping[str, tuple[Source, ...]] = MappingProxyType(
    {
        "envelope": (
            envelope_accepted.vectors,
            envelope_encoding.vectors,
            envelope_header.vectors,
            envelope_recipients.vectors,
            envelope_signed.vectors,
            envelope_quorum.vectors,
            envelope_logged.vectors,
            envelope_delivered.vectors,
            envelope_sealed.vectors,
        ),
        "keyring": (keyring_form.vectors, keyring_chain.vectors),
        "region": (region.vectors,),
        "receipt": (receipt.vectors,),
        "checkpoint": (checkpoint.vectors,),
        "tree": (tree.vectors,),
        "assertion": (assertion.vectors,),
        "json": (json_text.vectors,),
        "padding": (padding.vectors,),
        "blind": (blind.vectors,),
        "grant": (grant.vectors,),
    }
)
"""Where the vectors of each format come from."""


def rendered(formats: Iterable[str]) -> dict[str, str]:
    """Path below the folder -> text, for the formats asked for and the keys."""
    files: dict[str, str] = {}
    for source in (source for each in formats for source in SOURCES[each]):
        for vector in source():
            if vector.path in files:
                raise ValueError(f"two vectors are called {vector.path}")
            files[vector.path] = vector.text()
    # Last, for the list of public keys is that of the keys that all formats use together.
    keys = {path: file_text(value) for path, value in key_files().items()}
    if set(formats) != set(SOURCES):
        del keys["keys/public.json"]
    return files | keys


def write(files: Mapping[str, str]) -> None:
    """Write every file, and remove those that no vector stands behind."""
    for path in found() - files.keys():
        (FOLDER / path).unlink()
    for path, text in files.items():
        (FOLDER / path).parent.mkdir(exist_ok=True)
        (FOLDER / path).write_bytes(text.encode())


def found() -> set[str]:
    """The vector files that are there."""
    return {str(path.relative_to(FOLDER)) for path in FOLDER.glob("*/*.json")}


def differing(files: Mapping[str, str], whole: bool) -> list[str]:
    """Files that are missing or not as rendered; of a whole run, those that are too many, too."""
    surplus = found() - files.keys() if whole else set()
    wrong = {
        path
        for path, text in files.items()
        if not (FOLDER / path).is_file() or (FOLDER / path).read_bytes() != text.encode()
    }
    return sorted(surplus | wrong)
