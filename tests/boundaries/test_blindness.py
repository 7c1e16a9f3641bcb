"""The hub cannot open a notice: no code in it names what opening needs."""

from __future__ import annotations

import ast

import pytest

from tests.boundaries.sources import HUB, imports_in, modules, name_of, names_in, tree

# The log's own key is the one private key of the hub.
LOG_KEY = ("transparency/signer.py", "Ed25519PrivateKey")
OPENING = {"decrypt", "unwrap", "decapsulate", "decryptor", "eads_client"}
SYMMETRIC = {"AESGCM", "ChaCha20Poly1305", "AESGCMSIV", "AESOCB3", "AESSIV", "Fernet", "Cipher"}
IMPURE = (
    "django", "rest_framework", "celery", "redis", "psycopg", "asyncio", "http", "httpx", "socket",
    "ssl", "subprocess", "threading", "urllib", "random", "secrets", "tempfile", "time", "uuid",
    "os.urandom", "os.environ", "pathlib", "io", "sqlite3", "logging", "builtins.open",
)  # fmt: skip
CLOCK = {"now", "today", "utcnow", "time_ns", "monotonic", "perf_counter", "urandom", "open"}


def opening_names(module: ast.AST, path: str) -> list[str]:
    """What a module names that opens notices or holds an agency's private key."""
    found = []
    for name, line in names_in(module):
        lowered = name.lower()
        private = name.endswith("PrivateKey") or "private_key" in lowered
        opens = any(word in lowered for word in OPENING) or name in SYMMETRIC
        if (private or opens) and (path, name) != LOG_KEY:
            found.append(f"{path}:{line}: {name}")
    return found


def test_the_hub_names_nothing_that_opens_a_notice() -> None:
    paths = modules(*HUB)
    assert len(paths) > 60
    assert [found for path in paths for found in opening_names(tree(path), name_of(path))] == []


def test_the_logs_key_is_the_only_private_key_and_is_where_it_belongs() -> None:
    path, name = LOG_KEY
    holders = [
        name_of(module)
        for module in modules(*HUB)
        if name in {found for found, _ in names_in(tree(module))}
    ]
    assert holders == [path]


@pytest.mark.parametrize(
    "planted",
    [
        "from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey",
        "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey as K",
        "import eads_client.opening",
        "key.decrypt(body)",
        "load_pem_private_key(data, None)",
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM",
        "def unwrap_key(wrap): ...",
    ],
)
def test_the_rule_sees_what_it_is_for(planted: str) -> None:
    assert opening_names(ast.parse(planted), "notices/services.py")


def impurities(module: ast.AST, path: str) -> list[str]:
    found = []
    for name, line in imports_in(module):
        if any(name == bad or name.startswith(f"{bad}.") for bad in IMPURE):
            found.append(f"{path}:{line}: imports {name}")
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            called = node.func
            name = getattr(called, "attr", getattr(called, "id", ""))
            if name in CLOCK:
                found.append(f"{path}:{node.lineno}: calls {name}")
    return found


def test_the_formats_hold_no_private_key_and_are_pure() -> None:
    paths = modules("eads_wire")
    assert len(paths) > 15
    assert [found for path in paths for found in opening_names(tree(path), name_of(path))] == []
    assert [found for path in paths for found in impurities(tree(path), name_of(path))] == []


@pytest.mark.parametrize(
    "planted",
    ["import time", "from os import urandom", "x = datetime.now(UTC)", "open(name)",
     "from django.conf import settings", "import http.client"],
)  # fmt: skip
def test_the_rule_for_the_formats_sees_what_it_is_for(planted: str) -> None:
    assert impurities(ast.parse(planted), "eads_wire/planted.py")
