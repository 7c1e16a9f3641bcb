"""The keystore: secrets at rest, and what somebody with access to the folder could try."""

from __future__ import annotations

import json
import os
import pickle
import stat
from pathlib import Path
from typing import Any

import pytest

from eads_client import KeystoreError, PassphraseError, Profile, ProfileError, Settings
from eads_client.keys import EncryptionKey, SigningKey
from eads_client.keystore import Keystore
from eads_client.passphrase import LANES, MEMORY_KIB, PASSES
from eads_wire.encoding import AgencyId, KeyId, Kid
from tests.eads_client.fake_hub import CHEAP, PASSPHRASE

OTHER = "mangosteen ferry nine"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Keystore.create(tmp_path / "keys", PASSPHRASE, CHEAP)
    return tmp_path / "keys"


@pytest.fixture
def keystore(folder: Path) -> Keystore:
    return Keystore.open(folder, PASSPHRASE)


def rewrite(path: Path, change: dict[str, Any]) -> None:
    obj = json.loads(path.read_bytes())
    path.write_text(json.dumps(obj | change))


def test_keys_come_back_after_opening_again(folder: Path, keystore: Keystore) -> None:
    signing, epoch = SigningKey.generate(), EncryptionKey.generate()
    keystore.add_signing(signing, "signing")
    keystore.add_encryption(epoch, "epoch")
    again = Keystore.open(folder, PASSPHRASE)
    assert again.signing_key(signing.keyid).public == signing.public
    assert again.encryption_key(epoch.kid).public == epoch.public
    assert again.names("signing") == (signing.keyid,)
    assert again.names("root") == ()


def test_wrong_passphrase_opens_nothing(folder: Path) -> None:
    with pytest.raises(PassphraseError, match="wrong"):
        Keystore.open(folder, OTHER)


@pytest.mark.parametrize("passphrase", ["", "short", "eleven char"])
def test_short_passphrase_is_refused_and_makes_no_keystore(tmp_path: Path, passphrase: str) -> None:
    with pytest.raises(PassphraseError, match="12 characters"):
        Keystore.create(tmp_path / "keys", passphrase, CHEAP)
    assert not (tmp_path / "keys").exists()


def test_passphrase_is_the_same_from_another_keyboard(tmp_path: Path) -> None:
    Keystore.create(tmp_path / "keys", "caf\u00e9 by the river", CHEAP)
    Keystore.open(tmp_path / "keys", "cafe\u0301 by the river")


def test_changed_passphrase_replaces_the_old_one(folder: Path, keystore: Keystore) -> None:
    key = SigningKey.generate()
    keystore.add_signing(key, "signing")
    keystore.change_passphrase(PASSPHRASE, OTHER, CHEAP)
    with pytest.raises(PassphraseError):
        Keystore.open(folder, PASSPHRASE)
    assert Keystore.open(folder, OTHER).signing_key(key.keyid).public == key.public


def test_changing_the_passphrase_needs_the_old_one(folder: Path, keystore: Keystore) -> None:
    with pytest.raises(PassphraseError):
        keystore.change_passphrase(OTHER, "another one altogether", CHEAP)
    Keystore.open(folder, PASSPHRASE)


def test_cut_off_change_of_passphrase_leaves_the_old_one(
    folder: Path, keystore: Keystore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any) -> None:
        raise OSError("cut off")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ProfileError):
        keystore.change_passphrase(PASSPHRASE, OTHER, CHEAP)
    monkeypatch.undo()
    Keystore.open(folder, PASSPHRASE)
    assert sorted(path.name for path in folder.iterdir()) == ["replica-replica.key", "vault.key"]


def test_files_are_private_from_the_first_moment(folder: Path, keystore: Keystore) -> None:
    old = os.umask(0)
    try:
        keystore.add_signing(SigningKey.generate(), "signing")
    finally:
        os.umask(old)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_file_open_to_others_is_refused_with_the_remedy(folder: Path, mode: int) -> None:
    (folder / "vault.key").chmod(mode)
    with pytest.raises(KeystoreError, match="chmod 600"):
        Keystore.open(folder, PASSPHRASE)


def test_folder_open_to_others_is_refused_with_the_remedy(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(KeystoreError, match="chmod 700"):
        Keystore.open(folder, PASSPHRASE)


def test_linked_file_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "vault.key").rename(tmp_path / "elsewhere.key")
    (folder / "vault.key").symlink_to(tmp_path / "elsewhere.key")
    with pytest.raises(KeystoreError):
        Keystore.open(folder, PASSPHRASE)


def test_fifo_in_place_of_a_file_does_not_hang(folder: Path) -> None:
    (folder / "vault.key").unlink()
    os.mkfifo(folder / "vault.key", 0o600)
    with pytest.raises(KeystoreError, match="plain file"):
        Keystore.open(folder, PASSPHRASE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory_kib", MEMORY_KIB[1] + 1),
        ("memory_kib", MEMORY_KIB[0] - 1),
        ("memory_kib", 2**53 - 1),
        ("passes", PASSES[1] + 1),
        ("passes", 0),
        ("lanes", LANES[1] + 1),
        ("name", "pbkdf2"),
        ("salt", "AAAA"),
    ],
)
def test_planted_parameters_are_refused_before_use(folder: Path, name: str, value: Any) -> None:
    path = folder / "vault.key"
    kdf = json.loads(path.read_bytes())["kdf"]
    rewrite(path, {"kdf": kdf | {name: value}})
    with pytest.raises(KeystoreError):
        Keystore.open(folder, PASSPHRASE)


def test_key_under_another_name_is_refused(folder: Path, keystore: Keystore) -> None:
    mine, other = SigningKey.generate(), SigningKey.generate()
    keystore.add_signing(mine, "signing")
    (folder / f"signing-{mine.keyid}.key").rename(folder / f"signing-{other.keyid}.key")
    with pytest.raises(KeystoreError, match="another key"):
        keystore.signing_key(other.keyid)
    # Renamed inside as well: the name is bound to what is sealed.
    rewrite(folder / f"signing-{other.keyid}.key", {"name": other.keyid})
    with pytest.raises(KeystoreError, match="damaged or belongs"):
        keystore.signing_key(other.keyid)


def test_root_does_not_pass_for_an_officer(folder: Path, keystore: Keystore) -> None:
    key = SigningKey.generate()
    keystore.add_signing(key, "root")
    path = folder / f"root-{key.keyid}.key"
    rewrite(path, {"kind": "signing"})
    path.rename(folder / f"signing-{key.keyid}.key")
    with pytest.raises(KeystoreError, match="damaged or belongs"):
        keystore.signing_key(key.keyid)


def test_key_of_another_profile_is_refused(tmp_path: Path, keystore: Keystore) -> None:
    other = Keystore.create(tmp_path / "other", PASSPHRASE, CHEAP)
    key = EncryptionKey.generate()
    other.add_encryption(key, "epoch")
    name = f"epoch-{key.kid}.key"
    (tmp_path / "other" / name).rename(tmp_path / "keys" / name)
    with pytest.raises(KeystoreError, match="another profile"):
        keystore.encryption_key(key.kid)


def test_flipped_bit_anywhere_in_the_seal_is_noticed(folder: Path, keystore: Keystore) -> None:
    from base64 import b64decode, b64encode

    key = EncryptionKey.generate()
    keystore.add_encryption(key, "epoch")
    path = folder / f"epoch-{key.kid}.key"
    sealed = b64decode(json.loads(path.read_bytes())["sealed"])
    for at in range(len(sealed)):
        flipped = bytearray(sealed)
        flipped[at] ^= 1
        rewrite(path, {"sealed": b64encode(flipped).decode()})
        with pytest.raises(KeystoreError):
            keystore.encryption_key(key.kid)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b'{"v":1,"v":1}', b"\xff", b'{"v":2}', b"x" * 20_000],
)
def test_file_that_is_not_a_key_is_refused(
    folder: Path, keystore: Keystore, content: bytes
) -> None:
    name = "0" * 32
    (folder / f"epoch-{name}.key").write_bytes(content)
    (folder / f"epoch-{name}.key").chmod(0o600)
    with pytest.raises(KeystoreError):
        keystore.encryption_key(Kid(name))


def test_name_cannot_leave_the_folder(keystore: Keystore) -> None:
    with pytest.raises(KeystoreError, match="form"):
        keystore.signing_key(KeyId("../../etc/passwd"))


def test_another_secret_never_replaces_a_key(keystore: Keystore) -> None:
    key = EncryptionKey.generate()
    keystore.add("epoch", key.kid, key.seed)
    keystore.add("epoch", key.kid, key.seed)
    with pytest.raises(KeystoreError, match="another secret"):
        keystore.add("epoch", key.kid, EncryptionKey.generate().seed)


def test_creation_that_was_cut_off_can_be_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    Keystore.create(folder, PASSPHRASE, CHEAP)
    (folder / "vault.key").unlink()
    Keystore.create(folder, PASSPHRASE, CHEAP)
    Keystore.open(folder, PASSPHRASE).at_rest()


def test_existing_keystore_is_not_overwritten(folder: Path) -> None:
    with pytest.raises(KeystoreError, match="already"):
        Keystore.create(folder, PASSPHRASE, CHEAP)


def test_no_seed_is_printed_pickled_or_written_in_clear(folder: Path, keystore: Keystore) -> None:
    signing, epoch = SigningKey.generate(), EncryptionKey.generate()
    keystore.add_signing(signing, "signing")
    keystore.add_encryption(epoch, "epoch")
    shown = repr((signing, epoch, keystore, keystore.at_rest()))
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    for seed in (signing.seed, epoch.seed):
        assert seed.hex() not in shown
        assert str(seed) not in shown
        assert seed not in written
        assert seed.hex().encode() not in written
    with pytest.raises(TypeError):
        pickle.dumps(signing)


# ---------------------------------------------------------------- the profile around it


def settings(**changes: Any) -> Settings:
    return Settings(**({"hub": "https://hub.example", "agency": AgencyId("TH-RTP")} | changes))


def test_profile_comes_back_as_it_was_made(tmp_path: Path) -> None:
    made = Profile.create(tmp_path / "p", settings(), PASSPHRASE, stretching=CHEAP)
    made.change(region_fingerprint="aaaa bbbb cccc dddd eeee ffff 0000 1111", allow_http=True)
    assert Profile.open(tmp_path / "p").settings == made.settings


@pytest.mark.parametrize(
    "address",
    [
        "http://hub.example",
        "http://10.0.0.8:8000",
        "ftp://hub.example",
        "hub.example",
        "https://",
        "https://officer@hub.example",
        "https://hub.example/?next=x",
        "https://hub.example:port",
        "http://127.0.0.1.hub.example",
    ],
)
def test_address_that_the_token_must_not_go_to_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(ProfileError):
        Profile.create(tmp_path / "p", settings(hub=address), PASSPHRASE, stretching=CHEAP)
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    "address", ["https://hub.example:8443/eads", "http://127.0.0.1:8000", "http://[::1]:8000"]
)
def test_safe_address_is_taken(address: str) -> None:
    settings(hub=address).check()


def test_http_is_taken_where_the_profile_says_so() -> None:
    settings(hub="http://10.0.0.8:8000", allow_http=True).check()


@pytest.mark.parametrize(
    "text", ["", "v = 2\n", 'v = 1\nhubs = "x"\n', "v = 1\nagency = 3\n", 'v = 1\nagency = "x"\n']
)
def test_profile_file_with_a_fault_is_refused(tmp_path: Path, text: str) -> None:
    Profile.create(tmp_path / "p", settings(), PASSPHRASE, stretching=CHEAP)
    (tmp_path / "p" / "profile.toml").write_text(text)
    with pytest.raises(ProfileError, match=r"profile\.toml"):
        Profile.open(tmp_path / "p")


def test_two_processes_do_not_change_one_profile_at_once(tmp_path: Path) -> None:
    profile = Profile.create(tmp_path / "p", settings(), PASSPHRASE, stretching=CHEAP)
    with profile.lock(), pytest.raises(ProfileError, match="another process"):
        Profile.open(tmp_path / "p").lock().__enter__()
    with profile.lock():
        pass
