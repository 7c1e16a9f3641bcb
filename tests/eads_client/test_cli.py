"""The ``eads`` command: its help, its exit codes, its errors, its passphrase."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from eads_client import errors
from eads_client.cli import exits, reference
from eads_client.cli.exits import Exit, details_of, exit_for, sentence_for
from eads_client.cli.program import build, main
from eads_client.profile import Profile
from eads_wire.problems import PROBLEMS
from tests.eads_client.cli_run import PASSPHRASE, Run, eads, make_profile, own_environment, profile

__all__ = ["eads", "own_environment", "profile"]

ROOT = Path(__file__).resolve().parents[2]


def commands(parent: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    tree = parent or typer.main.get_command(build())
    for name, each in tree.commands.items():
        if hasattr(each, "commands"):
            yield from commands(each, (*path, name))
        else:
            yield (*path, name)


# ---------------------------------------------------------------- help


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_every_command_explains_itself_and_takes_json_and_a_profile(
    eads: Run, path: tuple[str, ...]
) -> None:
    assert eads(*path, "--help") == Exit.OK
    assert "--json" in eads.out
    assert "--profile" in eads.out
    assert f"Usage: eads {' '.join(path)}" in eads.out


def test_the_tree_holds_every_command_that_is_promised() -> None:
    promised = """init, agency create, officer add, officer revoke, officer list, officer request,
        key rotate, keyring publish, keyring show, region init, region enrol, region suspend,
        region sign, region show, draft new, draft check, seal, post, pending, approve, poll,
        open, list, thread, withdraw, update, reply, hit, flag, correct, receipts,
        import interpol, export, token, subscription add, subscription list,
        subscription remove, trust show"""
    wanted = {tuple(each.split()) for each in promised.split(",")}
    assert wanted <= set(commands())


def test_the_help_lists_every_exit_code(eads: Run) -> None:
    assert eads("--help") == Exit.OK
    for code, meaning in exits.MEANING.items():
        assert f"{int(code)}  {meaning}" in eads.out
    assert set(exits.MEANING) == set(Exit)


def test_the_manual_is_current() -> None:
    assert reference.main(["--check", str(ROOT / "docs" / "cli.md")]) == 0


def test_a_manual_that_is_behind_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "cli.md"
    assert reference.main(["--check", str(path)]) == 1
    assert reference.main([str(path)]) == 0
    assert reference.main(["--check", str(path)]) == 0
    path.write_text(path.read_text().replace("eads poll", "eads pull"))
    assert reference.main(["--check", str(path)]) == 1


# ---------------------------------------------------------------- exit codes and errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.hub_error("id-conflict", 409), Exit.REFUSED),
        (errors.hub_error("forbidden", 403), Exit.REFUSED),
        (errors.VerificationError("bad-signature", "x", step=3), Exit.UNVERIFIED),
        (errors.ProfileError("x"), Exit.LOCKED),
        (errors.KeystoreError("x"), Exit.LOCKED),
        (errors.PassphraseError("x"), Exit.LOCKED),
        (errors.HubUnreachable("x"), Exit.OFFLINE),
        (errors.HubTimeout("x"), Exit.OFFLINE),
        (errors.BadAnswer("x"), Exit.OFFLINE),
        (errors.DraftError("x"), Exit.INPUT),
        (errors.CeremonyError("x"), Exit.INPUT),
        (errors.ReplicaError("x"), Exit.INPUT),
        (exits.PartlyDone("x"), Exit.PARTIAL),
        (FileNotFoundError(2, "No such file", "x"), Exit.INPUT),
        (KeyboardInterrupt(), Exit.INTERRUPTED),
        (RuntimeError("x"), Exit.INTERNAL),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else None,
)
def test_each_kind_of_error_has_its_exit_code(error: BaseException, code: Exit) -> None:
    assert exit_for(error) == code
    assert sentence_for(error)
    assert json.dumps(details_of(error))


@pytest.mark.parametrize("code", sorted(exits.ADVICE))
def test_advice_is_given_for_codes_of_the_specification_only(code: str) -> None:
    assert code in PROBLEMS


def test_a_refusal_says_code_reason_and_what_to_do() -> None:
    error = errors.hub_error("busy", 503, "The queue is full.", retry_after=7)
    assert sentence_for(error) == (
        f"the hub refused: busy: {PROBLEMS['busy'].title}. The queue is full."
        f" {exits.ADVICE['busy']} Wait 7 seconds."
    )


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["approve"], ["poll", "--wait", "soon"], ["list", "--colour"]]
)
def test_a_wrong_command_line_is_code_2_with_the_usage(eads: Run, arguments: list[str]) -> None:
    assert eads(*arguments) == Exit.USAGE
    assert eads.out == ""
    assert "Usage: eads" in eads.err


def test_a_group_without_a_command_shows_its_help(eads: Run) -> None:
    assert eads("officer") == Exit.USAGE
    assert "revoke" in eads.err


def test_an_unforeseen_fault_is_code_70_without_its_text(
    eads: Run, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret of a notice")

    monkeypatch.setattr(Profile, "open", fail)
    assert eads("draft", "list") == Exit.INTERNAL
    assert "secret" not in eads.err
    assert "EADS_DEBUG" in eads.err
    monkeypatch.setenv("EADS_DEBUG", "1")
    with pytest.raises(RuntimeError):
        main(["draft", "list"])


def test_ctrl_c_is_code_130(eads: Run, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Profile, "unlock", stop)
    assert eads("draft", "list") == Exit.INTERRUPTED


def test_with_json_an_error_is_one_object_on_stderr_and_stdout_stays_empty(
    eads: Run, tmp_path: Path
) -> None:
    assert eads("list", "--profile", tmp_path / "nowhere", "--json") == Exit.LOCKED
    assert eads.out == ""
    told = json.loads(eads.err)
    assert told["exit"] == Exit.LOCKED
    assert "there is no profile" in told["error"]


def test_without_a_hub_it_is_code_5(eads: Run, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        path = make_profile(
            tmp_path / "away", hub=address, region_fingerprint=" ".join(["0000"] * 8)
        )
        assert eads("trust", "sync", "--profile", path) == Exit.OFFLINE
    assert "repeat the command" in eads.err


def test_approve_signs_nothing_unasked(eads: Run, profile: Path) -> None:
    assert eads("approve", "00") == Exit.USAGE
    assert "--yes" in eads.err


# ---------------------------------------------------------------- the passphrase


def test_a_wrong_passphrase_is_code_4(
    eads: Run, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EADS_PASSPHRASE", "some other passphrase")
    assert eads("draft", "list") == Exit.LOCKED
    assert "the passphrase is wrong" in eads.err


def test_the_passphrase_is_read_from_a_private_file_first(
    eads: Run, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "passphrase"
    path.write_text(f"{PASSPHRASE}\n")
    path.chmod(0o600)
    monkeypatch.setenv("EADS_PASSPHRASE", "some other passphrase")
    monkeypatch.setenv("EADS_PASSPHRASE_FILE", str(path))
    assert eads("draft", "list") == Exit.OK


def test_a_passphrase_file_that_others_may_read_is_refused(
    eads: Run, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "passphrase"
    path.write_text(PASSPHRASE)
    path.chmod(0o644)
    monkeypatch.setenv("EADS_PASSPHRASE_FILE", str(path))
    assert eads("draft", "list") == Exit.LOCKED
    assert "chmod 600" in eads.err


def test_without_terminal_and_passphrase_it_says_where_to_put_one(
    eads: Run, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EADS_PASSPHRASE")
    assert eads("draft", "list") == Exit.LOCKED
    assert "EADS_PASSPHRASE_FILE" in eads.err


def test_init_refuses_a_short_passphrase_and_leaves_nothing(
    eads: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EADS_PASSPHRASE", "short")
    assert eads("init", "--profile", tmp_path / "new", "--agency", "ID-POLRI") == Exit.LOCKED
    assert not (tmp_path / "new" / "profile.toml").exists()
