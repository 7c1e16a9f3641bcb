"""The ``eads`` command: what it says, on which stream, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from eads_client import errors
from eads_client.cli import exits, mailbox_commands, reference
from eads_client.cli.exits import Exit, details_of, exit_for, sentence_for
from eads_client.cli.output import printable
from eads_client.cli.program import build, main
from eads_client.cli.reading_files import TEMPLATES, read_template
from eads_client.passphrase import Stretching
from eads_client.payloads import completeness, decode
from eads_client.profile import Profile, Settings
from eads_client.signed_chain import SignedChain
from eads_wire.encoding import AgencyId, OfficerId
from eads_wire.problems import PROBLEMS
from tests.eads_client.foreign import RED

PASSPHRASE = "not a real passphrase"
CHEAP = Stretching(memory_kib=8 * 1024, passes=1)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("EADS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EADS_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))


class Run:
    """Runs command lines and keeps what they said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: object) -> int:
        code = main([str(each) for each in arguments])
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.err
        return code

    def json(self, *arguments: object) -> Any:
        assert self(*arguments, "--json") == Exit.OK, self.err
        return json.loads(self.out)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def eads(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def make_profile(path: Path, officer: str = "s.wulandari", **settings: Any) -> Path:
    own = Settings(agency=AgencyId("ID-POLRI"), officer=OfficerId(officer), **settings)
    Profile.create(path, own, PASSPHRASE, stretching=CHEAP)
    return path


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = make_profile(tmp_path / "profile")
    monkeypatch.setenv("EADS_PROFILE", str(path))
    return path


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


# ---------------------------------------------------------------- drafts


@pytest.mark.parametrize("notice_type", TEMPLATES)
def test_every_template_is_a_valid_payload(eads: Run, notice_type: str) -> None:
    assert eads("draft", "template", notice_type) == Exit.OK
    act = "withdraw" if notice_type == "withdrawal" else "issue"
    assert completeness(decode(notice_type, act, eads.out.encode())) is not None


def test_a_draft_is_made_listed_checked_shown_and_deleted(eads: Run, profile: Path) -> None:
    made = eads.json(
        *("draft", "new", "mine", "--template", "--type", "missing-person"),
        *("--to", "TH-RTP,SG-SPF", "--to", "MY-PDRM", "--hidden", "LA-GDP"),
    )
    assert made["to"] == ["TH-RTP", "SG-SPF", "MY-PDRM"]
    assert made["hidden"] == ["LA-GDP"]
    assert "Add a photograph." in made["missing"]
    assert eads.json("draft", "list")["name"] == "mine"
    assert eads.json("draft", "check", "mine")["complete"] is False
    assert eads.json("draft", "show", "mine")["content"]["type"] == "missing-person"
    assert eads.json("draft", "delete", "mine") == {"name": "mine", "deleted": True}
    assert eads("draft", "list", "--json") == Exit.OK
    assert eads.out == ""


def test_a_draft_at_rest_tells_no_name(eads: Run, profile: Path) -> None:
    assert eads("draft", "new", "mine", "--template", "--type", "missing-person") == Exit.OK
    raw = b"".join(path.read_bytes() for path in profile.rglob("*") if path.is_file())
    assert b"Syuhaida" in read_template("missing-person").encode()
    assert b"Syuhaida" not in raw


def test_a_payload_that_is_nonsense_is_named_by_file_and_field_without_content(
    eads: Run, profile: Path, tmp_path: Path
) -> None:
    payload = json.loads(read_template("wanted-person"))
    payload["person"]["date_of_birth"] = "Sutrisno"
    path = tmp_path / "payload.json"
    path.write_text(json.dumps(payload))
    assert eads("draft", "new", "mine", path) == Exit.INPUT
    assert "payload.json: person.date_of_birth" in eads.err
    assert "Sutrisno" not in eads.err


def test_a_payload_may_come_from_standard_input(
    eads: Run, profile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = read_template("message").encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert eads.json("draft", "new", "mine", "-")["type"] == "message"


@pytest.mark.parametrize(
    "arguments",
    [
        ["draft", "new", "x"],
        ["draft", "new", "x", "--template", "--type", "nonsense"],
        ["draft", "new", "x", "--template", "--type", "message", "--to", "nobody"],
        ["draft", "new", "x", "--template", "--type", "message", "--expires", "tomorrow"],
        ["list", "--type", "nonsense"],
        ["hit", "00", "--outcome", "nonsense"],
        ["correct", "00", "--kind", "wrong"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_options_that_make_no_sense_are_code_2(
    eads: Run, profile: Path, arguments: list[str]
) -> None:
    assert eads(*arguments) == Exit.USAGE
    assert "--" in eads.err


def test_a_notice_that_is_not_held_is_code_7(eads: Run, profile: Path) -> None:
    for name in ("open", "thread", "export"):
        assert eads(name, "00") == Exit.INPUT
        assert "no notice begins with" in eads.err


# ---------------------------------------------------------------- import


def test_an_import_names_the_bad_file_and_goes_on(eads: Run, tmp_path: Path) -> None:
    good, bad = dict(RED), dict(RED) | {"date_of_birth": "long ago"}
    (tmp_path / "a.json").write_text(json.dumps(bad))
    (tmp_path / "b.json").write_text("{")
    (tmp_path / "c.json").write_text(json.dumps(good))
    assert eads("import", "interpol", tmp_path, "--dry-run", "--json") == Exit.PARTIAL
    first, second, third = eads.lines()
    assert first["error"].startswith("a.json: date_of_birth")
    assert "long ago" not in first["error"]
    assert second["error"].startswith("b.json: ")
    assert third["error"] is None
    assert third["type"] == "wanted-person"
    assert "3 files: 1 read, 2 not" in eads.err


def test_an_import_without_recipients_keeps_drafts(
    eads: Run, profile: Path, tmp_path: Path
) -> None:
    path = tmp_path / "notice.json"
    path.write_text(json.dumps(RED))
    assert eads.json("import", "interpol", path)["draft"] == "notice"
    assert eads.json("draft", "show", "notice")["content"]["type"] == "wanted-person"


def test_an_empty_folder_is_not_an_import(eads: Run, tmp_path: Path) -> None:
    assert eads("import", "interpol", tmp_path, "--dry-run") == Exit.INPUT


# ---------------------------------------------------------------- keys, offline


def test_the_way_from_an_empty_machine_to_a_region_with_one_member(
    eads: Run, tmp_path: Path
) -> None:
    admin, officer, secretariat = (tmp_path / name for name in ("admin", "officer", "secretariat"))
    eads.json("init", "--profile", admin, "--agency", "ID-POLRI", "--officer", "d.lestari")
    make_profile(officer)
    make_profile(secretariat, "registrar")
    founded = eads.json(
        *("agency", "create", "--profile", admin),
        *("--country", "ID", "--name", "Indonesian National Police"),
    )
    request = eads.json("officer", "request", "--profile", officer)
    added = eads.json(
        *("officer", "add", request["file"], "--profile", admin),
        *("--role", "liaison,analyst", "--yes"),
    )
    assert added["fingerprint"] == request["fingerprint"]
    assert added["complete"] is True

    eads("officer", "list", "--profile", admin, "--json")
    listed = {row["id"]: row for row in eads.lines()}
    assert listed["s.wulandari"]["roles"] == ["analyst", "liaison"]
    assert listed["s.wulandari"]["fingerprint"] == request["fingerprint"]
    eads.json("officer", "revoke", "s.wulandari", "--profile", admin)
    eads.json("key", "rotate", "--profile", admin)
    shown = eads.json("keyring", "show", "--profile", admin)
    assert shown["version"] == 4
    assert shown["officers"][1]["revoked"] is not None
    assert len(shown["epochs"]) == 3
    assert shown["roots_fingerprint"] == founded["fingerprint"]

    log_key = "hub.example+5b0a3c21+" + "AQ" * 22
    key_error = eads(
        *("region", "init", "--profile", secretariat, "--region", "SEA"),
        *("--origin", "hub.example", "--log-key", log_key),
    )
    assert key_error == Exit.INPUT  # the key's id is not that of the key
    good = _verifier_key("hub.example")
    eads.json(
        *("region", "init", "--profile", secretariat, "--region", "SEA"),
        *("--origin", "hub.example", "--log-key", good),
    )
    eads.json("region", "enrol", founded["file"], "--profile", secretariat, "--yes")
    eads.json("region", "suspend", "ID-POLRI", "--profile", secretariat)
    region = eads.json("region", "show", "--profile", secretariat)
    assert region["version"] == 3
    assert region["members"][0]["status"] == "suspended"
    assert eads("region", "enrol", founded["file"], "--profile", secretariat, "--yes") == Exit.INPUT


def _verifier_key(name: str) -> str:
    import base64
    import hashlib

    public = b"\x01" + bytes(range(32))
    identifier = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    return f"{name}+{identifier}+{base64.b64encode(public).decode()}"


def test_a_fingerprint_that_nobody_confirms_lists_nobody(
    eads: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, officer = make_profile(tmp_path / "admin", "d.lestari"), make_profile(tmp_path / "o")
    eads("agency", "create", "--profile", admin, "--country", "ID", "--name", "POLRI")
    request = eads.json("officer", "request", "--profile", officer)
    monkeypatch.setattr(typer, "confirm", lambda *_args, **_options: False)
    arguments = ("officer", "add", request["file"], "--role", "liaison", "--profile", admin)
    assert eads(*arguments) == Exit.INPUT
    assert request["fingerprint"] in eads.err
    assert eads.json("keyring", "show", "--profile", admin)["version"] == 1


def test_init_changes_hub_and_region_of_a_profile_but_not_its_officer(
    eads: Run, profile: Path
) -> None:
    changed = eads.json("init", "--hub", "https://hub.example", "--region-fingerprint", "AB" * 16)
    assert changed["hub"] == "https://hub.example"
    assert changed["region_fingerprint"] == " ".join(["abab"] * 8)
    assert eads("init", "--officer", "other") == Exit.USAGE
    assert eads("init") == Exit.USAGE
    assert eads("init", "--hub", "http://hub.example") == Exit.LOCKED


def test_a_file_that_is_there_is_not_replaced_unasked(eads: Run, profile: Path) -> None:
    path = profile / "request.json"
    assert eads("officer", "request", "--out", path) == Exit.OK
    assert path.stat().st_mode & 0o777 == 0o600
    assert eads("officer", "request", "--out", path) == Exit.INPUT
    assert "--force" in eads.err
    assert eads("officer", "request", "--out", path, "--force") == Exit.OK


def test_two_processes_do_not_change_one_keyring_at_once(eads: Run, profile: Path) -> None:
    with Profile.open(profile).lock():
        assert eads("agency", "create", "--country", "ID", "--name", "POLRI") == Exit.LOCKED
    assert SignedChain.__name__ and not list((profile / "ceremony").iterdir())


# ---------------------------------------------------------------- what a stranger wrote


def test_text_of_a_notice_does_nothing_to_a_terminal() -> None:
    hostile = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\u2066\r\x9b31m\n\ud800"
    shown = printable(hostile)
    assert shown.isprintable() or "\ufffd" in shown
    assert not any(character in shown for character in "\x1b\x07\x9b\r\n\u202e\u2066\ud800")
    assert printable("วิโรจน์ 林伟洛 ويروج") == "วิโรจน์ 林伟洛 ويروج"


def test_markup_in_a_name_is_shown_and_not_obeyed(eads: Run, profile: Path) -> None:
    payload = json.loads(read_template("message")) | {"subject": "[bold]x[/nonsense] :smile:"}
    path = profile / "payload.json"
    path.write_text(json.dumps(payload))
    assert eads("draft", "new", "mine", path) == Exit.OK
    assert eads("draft", "list") == Exit.OK
    assert "[bold]x[/nonsense] :smile:" in eads.out


def test_poll_says_in_json_what_failed_and_at_which_step() -> None:
    from eads_client.receiving import Arrival
    from eads_wire.encoding import Digest

    failure = errors.VerificationError("bad-signature", "a half is wrong", step=3)
    arrival = Arrival(7, 12, Digest("ab" * 32), "unverifiable", None, failure)
    told = mailbox_commands.arrival_json(arrival, content=False)
    assert (told["stage"], told["step"], told["position"]) == ("bad-signature", 3, 7)
