"""Profile: the folder of one officer's or service's client.

::

    profile.toml     hub, agency, officer, the fingerprint of the region's roots
    keys/            the keystore
    trust/           region, keyrings and checkpoint as received; evidence
    drafts/          drafts (sealed at rest); drafts/outbox/: sealed notices on their way
    files/           ciphertext of files that travel with notices
    ceremony/        documents and grants that the key administrator made
    replica.db       the agency's copy of its mailbox

The passphrase is never stored and never read from the environment here: it is an argument.
"""

from __future__ import annotations

import contextlib
import fcntl
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from eads_client.errors import ProfileError
from eads_client.keystore import Keystore
from eads_client.passphrase import Stretching
from eads_client.private_files import make_private_folder, read_limited, write_private
from eads_wire.encoding import AgencyId, KeyId, Kid, OfficerId, as_agency, as_officer
from eads_wire.errors import WireError

_FILE: Final = "profile.toml"
_LIMIT: Final = 64 * 1024
_FOLDERS: Final = ("keys", "trust", "drafts", "drafts/outbox", "files", "ceremony")
_FINGERPRINT = re.compile(r"([0-9a-f]{4} ){7}[0-9a-f]{4}")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What stands in ``profile.toml``.

    Attributes:
        hub: address of the hub, ``https://…``; plain http only for loopback.
        region_fingerprint: of the region's roots, as compared by eye or telephone.
        agency: the agency; None for the Secretariat's own profile.
        officer: the officer's id in the agency's keyring.
        keyid: the officer's signing key; None until it was made.
        kid: the officer's encryption key; None until it was made.
        allow_http: take plain http from any address, for a closed network.
        ca_file: certificates to trust instead of the usual ones.
        proxy: address of an HTTP proxy.
    """

    hub: str | None = None
    region_fingerprint: str | None = None
    agency: AgencyId | None = None
    officer: OfficerId | None = None
    keyid: KeyId | None = None
    kid: Kid | None = None
    allow_http: bool = False
    ca_file: str | None = None
    proxy: str | None = None

    def check(self) -> None:
        """Raises ProfileError that names the first setting at fault."""
        try:
            if self.agency is not None:
                as_agency(self.agency)
            if self.officer is not None:
                as_officer(self.officer)
        except WireError as error:
            raise ProfileError(f"{_FILE}: {error.detail}") from None
        if self.hub is not None:
            check_hub_address(self.hub, allow_http=self.allow_http)
        for name, pattern in (
            ("region_fingerprint", _FINGERPRINT),
            ("keyid", _HEX32),
            ("kid", _HEX32),
        ):
            value = getattr(self, name)
            if value is not None and pattern.fullmatch(value) is None:
                raise ProfileError(f"{_FILE}: {name} does not have its form")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_hub_address(address: str, *, allow_http: bool = False) -> None:
    """Refuse an address that the token must not be sent to.

    Args:
        address: ``https://host[:port][/path]``; ``http`` for loopback only.
        allow_http: take ``http`` from any host.

    Raises:
        ProfileError: with what to do.
    """
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ProfileError("the hub's address is not an address") from None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ProfileError("give the hub's address as https://host or https://host:port")
    if parts.scheme == "https":
        return
    if parts.scheme != "http":
        raise ProfileError("the hub's address does not begin with https://")
    if not allow_http and not _is_loopback(host):
        raise ProfileError(
            "the hub's address is not https: use https, or set allow_http = true in "
            f"{_FILE} where the network itself is closed"
        )


def normal_fingerprint(text: str) -> str:
    """A fingerprint as typed (any spacing and case), in its usual form. Raises ProfileError."""
    digits = re.sub(r"[\s:-]", "", text).lower()
    if _HEX32.fullmatch(digits) is None:
        raise ProfileError("a fingerprint has 32 hex digits in groups of four")
    return " ".join(digits[i : i + 4] for i in range(0, 32, 4))


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _UNPRINTABLE.search(text):
        raise ProfileError("a setting holds a character that cannot be written")
    return json.dumps(text, ensure_ascii=False)


def _encode(settings: Settings) -> bytes:
    lines = ["# e-ADS client profile (version 1)", "v = 1"]
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value is not None:
            lines.append(f"{field.name} = {_toml_value(value)}")
    return ("\n".join(lines) + "\n").encode()


def _decode(raw: bytes) -> Settings:
    try:
        obj: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"{_FILE} is not TOML: {error}") from None
    if obj.pop("v", None) != 1:
        raise ProfileError(f"{_FILE} is of a version that this client does not know")
    known = {field.name for field in fields(Settings)}
    for name, value in obj.items():
        if name not in known:
            raise ProfileError(f"{_FILE}: there is no setting {name!r}")
        if not isinstance(value, bool if name == "allow_http" else str):
            raise ProfileError(f"{_FILE}: {name} has the wrong kind of value")
    settings = Settings(**obj)
    settings.check()
    return settings


class Profile:
    """An existing profile folder.

    Attributes:
        path: the folder.
        settings: what ``profile.toml`` holds.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings

    @classmethod
    def create(
        cls,
        path: Path | str,
        settings: Settings,
        passphrase: str,
        *,
        stretching: Stretching | None = None,
    ) -> Profile:
        """Make a profile with an empty keystore.

        Args:
            path: the folder; made if it is not there.
            settings: checked before anything is written.
            passphrase: at least 12 characters; it protects every key of the profile.
            stretching: cost of the passphrase, by default 64 MiB and 3 passes.

        Raises:
            ProfileError: there is a profile already, or a setting is wrong.
            PassphraseError: the passphrase is too short.
        """
        folder = Path(path)
        settings.check()
        if (folder / _FILE).exists():
            raise ProfileError(f"{folder} holds a profile already")
        for each in ("", *_FOLDERS):
            make_private_folder(folder / each)
        Keystore.create(folder / "keys", passphrase, stretching)
        # Last: a folder with a profile file is a whole profile.
        write_private(folder / _FILE, _encode(settings))
        return cls(folder, settings)

    @classmethod
    def open(cls, path: Path | str) -> Profile:
        """Open a profile without its keys.

        Raises:
            ProfileError: no profile, or a setting is wrong.
        """
        folder = Path(path)
        if not (folder / _FILE).exists():
            raise ProfileError(f"there is no profile in {folder}: make one first")
        profile = cls(folder, _decode(read_limited(folder / _FILE, _LIMIT)))
        for each in _FOLDERS:
            make_private_folder(folder / each)
        return profile

    def unlock(self, passphrase: str) -> Keystore:
        """Open the profile's keys. Raises PassphraseError, KeystoreError."""
        return Keystore.open(self.path / "keys", passphrase)

    def change(self, **changes: Any) -> None:
        """Change settings by name and write them. Raises ProfileError."""
        settings = replace(self.settings, **changes)
        settings.check()
        write_private(self.path / _FILE, _encode(settings))
        self.settings = settings

    @property
    def agency(self) -> AgencyId:
        """The agency. Raises ProfileError where the profile has none."""
        if self.settings.agency is None:
            raise ProfileError(f"this profile has no agency: set agency in {_FILE}")
        return self.settings.agency

    @property
    def officer(self) -> OfficerId:
        """The officer. Raises ProfileError where the profile has none."""
        if self.settings.officer is None:
            raise ProfileError(f"this profile has no officer: set officer in {_FILE}")
        return self.settings.officer

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from changing this profile meanwhile.

        Raises:
            ProfileError: another process holds the lock.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        with open(os.open(self.path / "lock", flags, 0o600), "rb") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise ProfileError(
                    f"another process is working in {self.path}: wait for it or stop it"
                ) from None
            yield

    def folder(self, name: str) -> Path:
        """A folder of the profile, such as ``trust``."""
        return self.path / name

    def __repr__(self) -> str:
        return f"<Profile {self.path}>"
