"""Where the passphrase comes from: a file, the environment, or the keyboard."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Final

from eads_client.errors import PassphraseError
from eads_client.passphrase import check_new_passphrase
from eads_client.private_files import read_private

FILE: Final = "EADS_PASSPHRASE_FILE"
VALUE: Final = "EADS_PASSPHRASE"
_LIMIT: Final = 8 * 1024


def read_passphrase(profile: Path, *, new: bool = False) -> str:
    """The passphrase of a profile.

    Args:
        profile: its folder, for the question.
        new: ask twice, and refuse one that is too short.

    Raises:
        PassphraseError: there is none, or the two differ.
        KeystoreError: the file is missing or open to others.
    """
    given = _from_environment()
    passphrase = given if given is not None else _ask(profile, new)
    if new:
        check_new_passphrase(passphrase)
    return passphrase


def _from_environment() -> str | None:
    path = os.environ.get(FILE)
    if path:
        raw = read_private(Path(path), _LIMIT)
        try:
            # Editors end a file with a line feed; it is not part of the passphrase.
            return raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise PassphraseError(f"{path} is not UTF-8 text") from None
    return os.environ.get(VALUE) or None


def ask_new_passphrase(profile: Path) -> str:
    """A new passphrase from the keyboard, asked for twice. Raises PassphraseError."""
    passphrase = _ask(profile, True)
    check_new_passphrase(passphrase)
    return passphrase


def _ask(profile: Path, new: bool) -> str:
    if not sys.stdin.isatty():
        raise PassphraseError(
            f"no passphrase: set {FILE} to a private file that holds it, or run in a terminal"
        )
    first = getpass.getpass(f"{'New passphrase' if new else 'Passphrase'} for {profile}: ")
    if new and getpass.getpass("The same again: ") != first:
        raise PassphraseError("the two are not the same")
    return first
