"""What every command works at: the profile that was named, and where to write."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from eads_client.cli.output import Output
from eads_client.cli.passphrase_entry import read_passphrase
from eads_client.client import Client
from eads_client.keystore import Keystore
from eads_client.profile import Profile

PROFILE = "EADS_PROFILE"


def default_folder() -> Path:
    """The profile folder where none is named: ``~/.eads``."""
    return Path.home() / ".eads"


class Desk:
    """The profile and the output of one run.

    Args:
        folder: of the profile; None for ``EADS_PROFILE`` or else ``~/.eads``.
        as_json: JSON on stdout.
    """

    def __init__(self, folder: Path | None, as_json: bool) -> None:
        self.folder = folder or Path(os.environ.get(PROFILE) or default_folder())
        self.output = Output(as_json)
        self._passphrase: str | None = None

    def profile(self) -> Profile:
        """The profile without its keys. Raises ProfileError."""
        return Profile.open(self.folder)

    def passphrase(self, *, new: bool = False) -> str:
        """The passphrase, asked for once a run. Raises PassphraseError."""
        if self._passphrase is None:
            self._passphrase = read_passphrase(self.folder, new=new)
        return self._passphrase

    def keystore(self) -> Keystore:
        """The profile's keys. Raises PassphraseError, KeystoreError."""
        return self.profile().unlock(self.passphrase())

    @contextlib.contextmanager
    def client(self) -> Iterator[Client]:
        """The SDK's client on the opened profile; closed afterwards.

        Raises:
            ProfileError, PassphraseError: it cannot be opened.
        """
        self.profile()  # before the passphrase is asked for
        with Client.open(self.folder, self.passphrase()) as client:
            yield client
