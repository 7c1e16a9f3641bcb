"""Keystore: a profile's secrets, each in a file of its own under ``keys/``.

::

    keys/vault.key                  a random vault key, sealed under the passphrase (Argon2id)
    keys/<kind>-<name>.key          a seed, sealed under the vault key

One Argon2id opens the profile however many keys it holds, and changing the passphrase replaces
one file, so that a crash leaves either the old or the new passphrase and never both. Whoever
copied ``vault.key`` and knew the passphrase of that day can open later key files too: after a
leak, change the keys and not only the passphrase.

Files are JSON, written atomically, mode 0600 in a folder of mode 0700; wider ones are refused.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final, Literal, final

from eads_client.at_rest import AtRest, DamagedError
from eads_client.errors import KeystoreError, PassphraseError
from eads_client.keys import EncryptionKey, SigningKey
from eads_client.passphrase import (
    Stretching,
    check_new_passphrase,
    decode_stretching,
    new_salt,
)
from eads_client.private_files import (
    check_private_folder,
    make_private_folder,
    read_private,
    sync_folder,
    write_private,
)
from eads_wire.encoding import (
    JsonObject,
    KeyId,
    Kid,
    as_object,
    as_text,
    check_keys,
    decode_json,
    from_base64,
    to_base64,
)
from eads_wire.errors import WireError, require

Kind = Literal["signing", "encryption", "epoch", "root", "region-root", "replica"]
"""``signing`` and ``encryption`` are the officer's own, ``epoch`` the agency's."""

_VERSION: Final = 1
_VAULT: Final = "vault"
_LIMIT: Final = 16 * 1024
_NAME = re.compile(r"[0-9a-z-]{1,40}")
REPLICA: Final = "replica"


def _context(kind: str, name: str) -> str:
    return f"keystore {kind} {name}"


def _read(path: Path, kind: str, name: str, extra: tuple[str, ...] = ()) -> JsonObject:
    raw = read_private(path, _LIMIT)
    try:
        obj = decode_json(raw, limit=_LIMIT, what="key file")
        check_keys(obj, ("v", "kind", "name", "sealed", *extra), what="key file")
        require(obj["v"] == _VERSION and obj["v"] is not True, "unsupported", "v is not 1")
        same = (as_text(obj["kind"], "kind"), as_text(obj["name"], "name")) == (kind, name)
        require(same, "malformed", "the file holds another key than its name says")
        from_base64(obj["sealed"], "sealed")
    except WireError as error:
        raise KeystoreError(f"{path}: {error.detail}") from None
    return obj


def _write(path: Path, kind: str, name: str, sealed: bytes, extra: JsonObject) -> None:
    obj = {"v": _VERSION, "kind": kind, "name": name, **extra, "sealed": to_base64(sealed)}
    write_private(path, json.dumps(obj, indent=1).encode() + b"\n")


def _open_vault(folder: Path, passphrase: str) -> bytes:
    path = folder / f"{_VAULT}.key"
    obj = _read(path, _VAULT, _VAULT, ("kdf",))
    try:
        stretching, salt = decode_stretching(as_object(obj["kdf"], "kdf"))
    except WireError as error:
        raise KeystoreError(f"{path}: {error.detail}") from None
    stretched = AtRest(stretching.derive(passphrase, salt))
    try:
        return stretched.open(_context(_VAULT, _VAULT), from_base64(obj["sealed"], "sealed"))
    except DamagedError:
        raise PassphraseError("the passphrase is wrong") from None


def _write_vault(folder: Path, vault_key: bytes, passphrase: str, stretching: Stretching) -> None:
    check_new_passphrase(passphrase)
    salt = new_salt()
    sealed = AtRest(stretching.derive(passphrase, salt)).seal(_context(_VAULT, _VAULT), vault_key)
    _write(folder / f"{_VAULT}.key", _VAULT, _VAULT, sealed, {"kdf": stretching.to_json(salt)})


@final
class Keystore:
    """The opened keystore of a profile."""

    __slots__ = ("_folder", "_vault")

    def __init__(self, folder: Path, vault: AtRest) -> None:
        self._folder = folder
        self._vault = vault

    @classmethod
    def create(
        cls, folder: Path, passphrase: str, stretching: Stretching | None = None
    ) -> Keystore:
        """Make a new keystore with its replica key.

        Args:
            folder: ``keys/`` of a profile; made with mode 0700.
            passphrase: at least 12 characters.
            stretching: cost of the passphrase; by default 64 MiB, 3 passes, 1 lane.

        Raises:
            PassphraseError: the passphrase is too short.
            KeystoreError: there is a keystore already.
        """
        check_new_passphrase(passphrase)
        make_private_folder(folder)
        check_private_folder(folder)
        if (folder / f"{_VAULT}.key").exists():
            raise KeystoreError(f"{folder} holds keys already")
        # Left by a creation that was cut off: nothing can have been sealed under it.
        (folder / f"{REPLICA}-{REPLICA}.key").unlink(missing_ok=True)
        vault_key = AtRest.generate_key()
        keystore = cls(folder, AtRest(vault_key))
        keystore.add("replica", REPLICA, AtRest.generate_key())
        # Last: a folder with a vault file is a whole keystore.
        _write_vault(folder, vault_key, passphrase, stretching or Stretching())
        return keystore

    @classmethod
    def open(cls, folder: Path, passphrase: str) -> Keystore:
        """Open a keystore.

        Raises:
            PassphraseError: the passphrase is wrong.
            KeystoreError: files are missing, damaged or open to other users.
        """
        check_private_folder(folder)
        return cls(folder, AtRest(_open_vault(folder, passphrase)))

    def change_passphrase(self, old: str, new: str, stretching: Stretching | None = None) -> None:
        """Seal the vault key under another passphrase.

        Raises:
            PassphraseError: ``old`` is wrong or ``new`` too short.
        """
        vault_key = _open_vault(self._folder, old)
        _write_vault(self._folder, vault_key, new, stretching or Stretching())

    def add(self, kind: Kind, name: str, seed: bytes) -> None:
        """Keep a secret. Keeping the same again does nothing.

        Raises:
            KeystoreError: another secret has this name.
        """
        path = self._path(kind, name)
        if path.exists():
            if self._seed(kind, name) != seed:
                raise KeystoreError(f"{path} holds another secret")
            return
        _write(path, kind, name, self._vault.seal(_context(kind, name), seed), {})

    def add_signing(self, key: SigningKey, kind: Literal["signing", "root", "region-root"]) -> None:
        """Keep a signing key under its keyid."""
        self.add(kind, key.keyid, key.seed)

    def add_encryption(self, key: EncryptionKey, kind: Literal["encryption", "epoch"]) -> None:
        """Keep an encryption key under its kid."""
        self.add(kind, key.kid, key.seed)

    def names(self, kind: Kind) -> tuple[str, ...]:
        """Names of the keys of one kind, sorted."""
        found = (path.name.removesuffix(".key") for path in self._folder.glob(f"{kind}-*.key"))
        return tuple(sorted(each.removeprefix(f"{kind}-") for each in found))

    def signing_key(
        self, keyid: KeyId, kind: Literal["signing", "root", "region-root"] = "signing"
    ) -> SigningKey:
        """A signing key. Raises KeystoreError if it is not here or not what its name says."""
        key = SigningKey(self._seed(kind, keyid))
        if key.keyid != keyid:
            raise KeystoreError(f"{self._path(kind, keyid)} holds another key")
        return key

    def encryption_key(
        self, kid: Kid, kind: Literal["encryption", "epoch"] = "epoch"
    ) -> EncryptionKey:
        """An encryption key. Raises KeystoreError if it is not here or not what its name says."""
        key = EncryptionKey(self._seed(kind, kid))
        if key.kid != kid:
            raise KeystoreError(f"{self._path(kind, kid)} holds another key")
        return key

    def at_rest(self) -> AtRest:
        """What seals drafts and the replica's content."""
        return AtRest(self._seed("replica", REPLICA))

    def forget(self, kind: Kind, name: str) -> None:
        """Delete a key file; what was sealed to the key only is lost with it."""
        self._path(kind, name).unlink(missing_ok=True)
        sync_folder(self._folder)

    def _path(self, kind: Kind, name: str) -> Path:
        if _NAME.fullmatch(name) is None:
            raise KeystoreError("a key's name does not have its form")
        return self._folder / f"{kind}-{name}.key"

    def _seed(self, kind: Kind, name: str) -> bytes:
        path = self._path(kind, name)
        obj = _read(path, kind, name)
        try:
            return self._vault.open(_context(kind, name), from_base64(obj["sealed"], "sealed"))
        except DamagedError:
            raise KeystoreError(f"{path} is damaged or belongs to another profile") from None

    def __repr__(self) -> str:
        return f"<Keystore {self._folder}>"
