"""docker-compose.yml: valid against the published Compose Specification, and every command in it
(and in the systemd units beside it) exists with the options that it is given."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "eads-hub" in service["image"]]
UNITS = sorted((ROOT / "deploy" / "systemd").glob("eads-*.service"))


def valid(file: Path) -> bool:
    # The program carries the published schema: nothing is fetched.
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def test_the_compose_file_follows_the_specification():
    assert valid(ROOT / "docker-compose.yml")


def test_a_misspelt_key_would_be_noticed(tmp_path: Path):
    wrong = COMPOSE | {"services": SERVICES | {"web": SERVICES["web"] | {"volume": []}}}
    (tmp_path / "docker-compose.yml").write_text(yaml.safe_dump(wrong))
    assert not valid(tmp_path / "docker-compose.yml")


def test_every_part_of_the_hub_is_there():
    assert {
        "db",
        "broker",
        "migrate",
        "web",
        "live",
        "sequencer",
        "worker",
        "beat",
        "nginx",
    } == set(SERVICES)


@pytest.mark.parametrize("kind", ["secrets", "networks", "volumes"])
def test_whatever_a_service_names_is_declared(kind: str):
    for name, service in SERVICES.items():
        for used in service.get(kind, []):
            source = str(used).split(":")[0]
            if source.startswith("."):
                assert (ROOT / source).exists(), f"{name} mounts {source}"
            else:
                assert source in COMPOSE[kind], f"{name} uses {source}"


def test_only_the_sequencer_is_given_the_log_key():
    holders = {
        name for name, service in SERVICES.items() if "log_key" in service.get("secrets", ())
    }
    assert holders == {"sequencer"}
    assert SERVICES["sequencer"]["user"] not in {
        service.get("user") for name, service in SERVICES.items() if name != "sequencer"
    }
    told = {name for name in OURS if "EADS_LOG_KEY_FILE" in SERVICES[name]["environment"]}
    assert told == {"sequencer"}


def test_only_the_migration_connects_as_the_owner_of_the_tables():
    owners = {
        name for name in OURS if "eads_owner" in SERVICES[name]["environment"]["EADS_DATABASE_URL"]
    }
    assert owners == {"migrate"}
    holders = {name for name in OURS if "db_owner_password" in SERVICES[name]["secrets"]}
    assert holders == {"migrate"}


def test_no_secret_stands_in_the_environment():
    for name in OURS:
        for variable, value in SERVICES[name]["environment"].items():
            if re.search(r"PASSWORD|SECRET|KEY", variable):
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                assert str(value).startswith("/run/secrets/")


def test_database_and_broker_are_out_of_reach():
    assert COMPOSE["networks"]["data"]["internal"] is True
    for name in ("db", "broker"):
        assert SERVICES[name]["networks"] == ["data"]
        assert "ports" not in SERVICES[name]


@pytest.mark.parametrize("name", OURS)
def test_the_hubs_containers_have_no_rights(name: str):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


# ---------------------------------------------------------------- the commands


def commands() -> list[Any]:
    found = [
        pytest.param([str(word) for word in SERVICES[name]["command"]], id=name) for name in OURS
    ]
    for unit in UNITS:
        line = re.search(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
        assert line, unit.name
        words = shlex.split(line[1])
        words[0] = words[0].removeprefix("/srv/eads/.venv/bin/")
        found.append(pytest.param(words, id=unit.name))
    return found


@pytest.mark.parametrize("command", commands())
def test_the_command_exists_with_its_options(command: list[str]):
    program, *rest = command
    options = {word for word in rest if word.startswith("--")}
    if program == "python":
        script, name, *_ = rest
        assert (ROOT / script).is_file()
        application = get_commands()[name]
        loaded = (
            load_command_class(application, name) if isinstance(application, str) else application
        )
        known = loaded.create_parser(script, name).format_help()
    else:
        assert (BIN / program).exists(), f"{program} is not installed"
        subcommand = [word for word in rest if word in {"worker", "beat"}]
        known = help_of(program, *subcommand)
        for word in rest:
            if ":" in word:
                module, attribute = word.split(":")
                assert callable(getattr(importlib.import_module(module), attribute))
    missing = {option for option in options if not re.search(rf"{option}\b", known)}
    assert not missing, f"{program} has no {missing}"


def help_of(program: str, *subcommand: str) -> str:
    done = subprocess.run(
        [BIN / program, *(["--app", "eads"] if program == "celery" else []), *subcommand, "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    # celery takes --app before its subcommand; its own help is printed apart.
    own = "" if not subcommand else help_of(program)
    return done.stdout + own


def test_systemd_runs_the_same_programs_as_the_containers():
    def shape(words: list[str]) -> list[str]:
        local = {"0.0.0.0": "127.0.0.1"}
        return [local.get(word, word) for word in words]

    containers = {name: shape([str(w) for w in SERVICES[name]["command"]]) for name in OURS}
    units = {
        param.id: param.values[0] for param in commands() if str(param.id).endswith(".service")
    }
    assert {f"eads-{name}.service": words for name, words in containers.items()} == units


def test_the_image_never_holds_the_client():
    copied = re.findall(r"^COPY (.*)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    assert not [line for line in copied if "eads_client" in line or line.split()[0] == "."]
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in allowed
    assert "!eads_client" not in allowed


def test_the_hubs_lock_has_the_versions_that_were_tested():
    def pinned(file: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / file).read_text(), re.MULTILINE))

    tested, shipped = pinned("requirements.lock"), pinned("deploy/hub.lock")
    assert shipped
    assert {name: tested[name] for name in shipped} == shipped
    assert not {"pytest", "pydantic", "typer"} & set(shipped)


@pytest.mark.parametrize("file", ["requirements.lock", "deploy/hub.lock"])
def test_a_lock_names_no_address_and_hashes_everything(file: str):
    text = (ROOT / file).read_text()
    assert "://" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
