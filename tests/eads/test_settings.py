"""The settings as a process would load them, each time in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "A secret of more than fifty characters, for these tests only."

SHOW = """
import json
from eads import settings as s
names = {names!r}
print(json.dumps({{name: getattr(s, name) for name in names}}, default=str))
"""


def load(*names: str, **variables: str | Path) -> dict:
    """The named settings under an environment of exactly these variables."""
    done = _start(names, variables)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(**variables: str | Path) -> str:
    done = _start((), variables)
    assert done.returncode != 0
    return done.stderr.strip().splitlines()[-1]


def _start(names: tuple[str, ...], variables: dict[str, str | Path]):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("EADS_")}
    environment |= {key: str(value) for key, value in variables.items()}
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(names=names)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_without_any_variable_the_hub_is_embedded(tmp_path):
    read = load(
        "EADS_EMBEDDED",
        "DATABASES",
        "CELERY_BROKER_URL",
        "EADS_WEBHOOK_ALLOW_PRIVATE",
        "EADS_TOKEN_PQ",
        "DEBUG",
        EADS_DATA_DIR=tmp_path / "hub",
    )
    assert read["EADS_EMBEDDED"] is True
    assert read["DATABASES"]["default"]["NAME"] == str(tmp_path / "hub" / "hub.sqlite3")
    assert read["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in read["DATABASES"]["default"]["OPTIONS"]["init_command"]
    assert read["CELERY_BROKER_URL"] == "memory://"
    assert read["EADS_WEBHOOK_ALLOW_PRIVATE"] is False
    assert read["EADS_TOKEN_PQ"] == "required"
    assert read["DEBUG"] is False


def test_data_folder_belongs_to_its_owner_only(tmp_path):
    load(EADS_DATA_DIR=tmp_path / "hub")
    assert (tmp_path / "hub").stat().st_mode & 0o077 == 0


def test_embedded_secret_key_survives_a_restart(tmp_path):
    first = load("SECRET_KEY", EADS_DATA_DIR=tmp_path)
    assert load("SECRET_KEY", EADS_DATA_DIR=tmp_path) == first


def test_data_folder_with_odd_characters_is_taken_as_it_is(tmp_path):
    folder = tmp_path / "50% off? #1"
    read = load("DATABASES", EADS_DATA_DIR=folder)
    assert read["DATABASES"]["default"]["NAME"] == str(folder / "hub.sqlite3")


def test_production_without_a_secret_key_does_not_start(tmp_path):
    message = refused(EADS_DATABASE_URL="postgres://eads@db/eads", EADS_DATA_DIR=tmp_path)
    assert "EADS_SECRET_KEY: must be set" in message


def test_production_takes_its_passwords_from_files(tmp_path):
    (tmp_path / "password").write_text("swordfish\n")
    (tmp_path / "key").write_text(SECRET + "\n")
    read = load(
        "DATABASES",
        "SECRET_KEY",
        "EADS_LOG_KEY_FILE",
        "SESSION_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "ALLOWED_HOSTS",
        EADS_ORIGIN="hub.example",
        EADS_DATABASE_URL="postgres://eads@db/eads",
        EADS_DATABASE_PASSWORD_FILE=tmp_path / "password",
        EADS_SECRET_KEY_FILE=tmp_path / "key",
        EADS_DATA_DIR=tmp_path,
    )
    assert read["DATABASES"]["default"]["PASSWORD"] == "swordfish"
    assert read["SECRET_KEY"] == SECRET
    assert read["EADS_LOG_KEY_FILE"] is None, "only the sequencer is told where the key is"
    assert read["SESSION_COOKIE_SECURE"] is True
    assert read["SECURE_HSTS_SECONDS"] > 0
    assert read["ALLOWED_HOSTS"] == ["hub.example"]


def test_production_keeps_no_files_in_the_working_folder(tmp_path):
    load(
        EADS_DATABASE_URL="postgres://eads@db/eads",
        EADS_SECRET_KEY=SECRET,
        EADS_DATA_DIR=tmp_path / "never",
    )
    assert not (tmp_path / "never").exists()


def test_a_pool_replaces_kept_connections(tmp_path):
    read = load(
        "DATABASES",
        EADS_DATABASE_URL="postgres://eads@db/eads",
        EADS_DATABASE_POOL="8",
        EADS_SECRET_KEY=SECRET,
        EADS_DATA_DIR=tmp_path,
    )
    assert read["DATABASES"]["default"]["OPTIONS"]["pool"]["max_size"] == 8
    assert read["DATABASES"]["default"]["CONN_MAX_AGE"] == 0


def test_bucket_must_be_named(tmp_path):
    assert "EADS_S3_BUCKET: must be set" in refused(EADS_BLOB_STORAGE="s3", EADS_DATA_DIR=tmp_path)


def test_bucket_is_private(tmp_path):
    read = load("STORAGES", EADS_BLOB_STORAGE="s3", EADS_S3_BUCKET="sealed", EADS_DATA_DIR=tmp_path)
    options = read["STORAGES"]["blobs"]["OPTIONS"]
    assert options["bucket_name"] == "sealed"
    assert options["default_acl"] == "private"


@pytest.mark.parametrize(
    "origin", ["https://hub.example", "Hub.example", "hub example", "-hub", "hub.example/", ""]
)
def test_origin_is_a_plain_name(tmp_path, origin):
    assert "EADS_ORIGIN" in refused(EADS_ORIGIN=origin, EADS_DATA_DIR=tmp_path)


def test_proxy_headers_are_believed_only_when_told(tmp_path):
    names = ("SECURE_PROXY_SSL_HEADER", "ALLAUTH_TRUSTED_PROXY_COUNT")
    alone = load(*names, EADS_DATA_DIR=tmp_path)
    behind = load(*names, EADS_DATA_DIR=tmp_path, EADS_BEHIND_PROXY="true")
    assert alone == {"SECURE_PROXY_SSL_HEADER": None, "ALLAUTH_TRUSTED_PROXY_COUNT": 0}
    assert behind["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert behind["ALLAUTH_TRUSTED_PROXY_COUNT"] == 1
