"""The ``eads`` command at work without a hub: drafts, import, keys, and what strangers wrote."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import sys
from pathlib import Path

import pytest
import typer

from eads_client import errors
from eads_client.cli import mailbox_commands
from eads_client.cli.exits import Exit
from eads_client.cli.output import printable
from eads_client.cli.reading_files import TEMPLATES, read_template
from eads_client.payloads import completeness, decode
from eads_client.profile import Profile
from eads_client.receiving import Arrival
from eads_wire.encoding import Digest
from tests.eads_client.cli_run import Run, eads, make_profile, own_environment, profile
from tests.eads_client.foreign import RED

__all__ = ["eads", "own_environment", "profile"]

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
        ["export", "00", "--form", "xml"],
        ["hit", "00", "--outcome", "nonsense"],
        ["correct", "00", "--kind", "wrong"],
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_options_that_make_no_sense_are_code_2(
    eads: Run, profile: Path, arguments: list[str]
) -> None:
    assert eads(*arguments) == Exit.USAGE
    assert eads.out == ""
    assert eads.err.startswith("eads: ")


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


def test_a_key_administrator_founds_an_agency_and_keeps_its_officers(
    eads: Run, tmp_path: Path
) -> None:
    admin, officer = tmp_path / "admin", make_profile(tmp_path / "officer")
    eads.json("init", "--profile", admin, "--agency", "ID-POLRI", "--officer", "d.lestari")
    founded = found(eads, admin)
    request = eads.json("officer", "request", "--profile", officer)
    added = eads.json(
        *("officer", "add", request["file"], "--profile", admin),
        *("--role", "liaison,analyst", "--yes"),
    )
    assert added["fingerprint"] == request["fingerprint"]
    assert added["complete"] is True

    assert eads("officer", "list", "--profile", admin, "--json") == Exit.OK
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


def test_the_secretariat_founds_a_region_and_keeps_its_members(eads: Run, tmp_path: Path) -> None:
    founded = found(eads, make_profile(tmp_path / "admin", "d.lestari"))
    own = ("--profile", make_profile(tmp_path / "secretariat", "registrar"))
    init = ("region", "init", *own, "--region", "SEA", "--origin", "hub.example", "--log-key")
    assert eads(*init, "hub.example+5b0a3c21+" + "AQ" * 22) == Exit.INPUT  # not that key's id
    eads.json(*init, verifier_key("hub.example"))
    eads.json("region", "enrol", founded["file"], *own, "--yes")
    eads.json("region", "suspend", "ID-POLRI", *own)
    region = eads.json("region", "show", *own)
    assert region["version"] == 3
    assert region["members"][0]["status"] == "suspended"
    assert eads("region", "enrol", founded["file"], *own, "--yes") == Exit.INPUT
    assert "member already" in eads.err


def found(eads: Run, admin: Path) -> dict[str, str]:
    arguments = ("--country", "ID", "--name", "Indonesian National Police")
    founded: dict[str, str] = eads.json("agency", "create", "--profile", admin, *arguments)
    return founded


def verifier_key(name: str) -> str:
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
    assert not list((profile / "ceremony").iterdir())


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
    failure = errors.VerificationError("bad-signature", "a half is wrong", step=3)
    arrival = Arrival(7, 12, Digest("ab" * 32), "unverifiable", None, failure)
    told = mailbox_commands.arrival_json(arrival, content=False)
    assert (told["stage"], told["step"], told["position"]) == ("bad-signature", 3, 7)
