"""Seal and open: what was sealed comes back to its recipients alone, and each step can fail."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eads_client import Draft, DraftError, VerificationError
from eads_client.draft import decode_content
from eads_client.keys import EncryptionKey, SigningKey, Unwrapping, sign_payload
from eads_client.opening import Held, OpenedNotice, Reader, open_file, open_notice, open_pending
from eads_client.padded import Unpadder, pad_stream
from eads_client.payloads import Message, PayloadError, Withdrawal
from eads_client.seal import SealedNotice, decode_sealed, new_notice_id, seal
from eads_wire import limits
from eads_wire.encoding import AgencyId, Digest, Kid, as_notice_id
from eads_wire.envelope import PAYLOAD_TYPE, decode_envelope
from eads_wire.errors import WireError
from eads_wire.header import Header
from eads_wire.padding import pad, unpad
from eads_wire.quorum import Keyrings
from tests import cast
from tests.cast import Force
from tests.eads_client.fake_hub import message

SENDER, RECIPIENT, OUTSIDER = (
    cast.force(name) for name in (cast.SENDER, cast.RECIPIENT, cast.OUTSIDER)
)
REVIEWING = cast.force(cast.REVIEWING)
KEYRINGS: dict[AgencyId, Any] = {
    force.agency: cast.decoded(force.keyring()) for force in (SENDER, RECIPIENT, REVIEWING)
}
INDEX = 7


class Grounds:
    """Trust that has been decided already; a test takes parts of it away."""

    def __init__(self, keyrings: Keyrings | None = None, logged: bool = True) -> None:
        self._keyrings = KEYRINGS if keyrings is None else keyrings
        self._logged = logged

    def keyrings_for(self, header: Header, index: int | None, now: datetime) -> Keyrings:
        if header.issuer not in self._keyrings:
            raise VerificationError("unknown-key", "no keyring")
        return self._keyrings

    def check_in_log(self, header: Header, index: int | None) -> None:
        if not self._logged:
            raise VerificationError("not-in-log", "outside the log")


def reader(force: Force) -> Reader:
    def find(kid: Kid) -> Unwrapping:
        if kid != force.epoch.kid:
            raise VerificationError("not-for-me", "another key")
        return force.epoch

    return Reader(force.agency, find)


def read(
    raw: bytes,
    force: Force = RECIPIENT,
    *,
    grounds: Any = None,
    held: Held | None = None,
    now: datetime = cast.NOW,
    files: dict[int, Path] | None = None,
) -> OpenedNotice:
    return open_notice(
        raw,
        reader=reader(force),
        grounds=grounds or Grounds(),
        index=INDEX,
        held=held,
        now=now,
        files=files,
    )


def letter(*roles: str, to: tuple[Force, ...] = (RECIPIENT,), **fields: Any) -> SealedNotice:
    """A signed message: the type with the smallest quorum."""
    defaults = {"type": "message", "re": Digest("ab" * 32), "payload": message()}
    return cast.signed(SENDER, to, *(roles or ("liaison",)), **(defaults | fields))


def with_files(folder: Path, *files: Path) -> SealedNotice:
    """A signed message with files; their ciphertexts go into the folder."""
    request = cast.request(
        SENDER,
        (RECIPIENT,),
        type="message",
        re=Digest("ab" * 32),
        payload=message(),
        files=files,
    )
    return seal(request, folder).sign(SENDER["liaison"].signing)


def held(notice: SealedNotice, **changes: Any) -> Held:
    header = notice.header
    return replace(Held(notice.digest, header.rev, header.issuer, header.type), **changes)


def changed(raw: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    obj = json.loads(raw)
    change(obj)
    return json.dumps(obj).encode()


# ---------------------------------------------------------------- round trips


def test_every_recipient_opens_what_was_sealed_and_the_issuer_too() -> None:
    raw = letter(to=(RECIPIENT, REVIEWING)).envelope()
    for force in (SENDER, RECIPIENT, REVIEWING):
        opened = read(raw, force)
        assert opened.content == message()
        assert isinstance(opened.payload, Message)
        assert opened.summary == "message: Transfer"
        assert [signer.officer.id for signer in opened.signers] == ["liaison.one"]


def test_nothing_of_the_content_stands_in_the_envelope() -> None:
    raw = letter(payload=message("The ferry leaves Sihanoukville at nine")).envelope()
    assert b"Sihanoukville" not in raw
    envelope = decode_envelope(raw)
    assert b"Sihanoukville" not in envelope.manifest.raw + envelope.body


def test_same_content_is_sealed_differently_each_time() -> None:
    first, second = letter(), letter()
    assert first.body != second.body
    assert first.digest != second.digest


@settings(max_examples=40, deadline=None)
@given(text=st.text(min_size=1, max_size=5000).filter(lambda t: t.strip() and t.isprintable()))
def test_any_text_comes_back(text: str) -> None:
    payload = json.dumps(
        {"type": "message", "subject": "Transfer", "text": text}, ensure_ascii=False
    ).encode()
    raw = letter(payload=payload).envelope()
    try:
        decode_content("message", "issue", payload)
    except PayloadError:
        fails(8, "corrupt-payload", raw)
    else:
        assert read(raw).content == payload


@settings(max_examples=25, deadline=None)
@given(size=st.integers(min_value=0, max_value=3_000_000))
def test_file_of_any_size_comes_back(size: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("file")
    (folder / "plain").write_bytes(b"\x5a" * size)
    notice = with_files(folder, folder / "plain")
    sealed = folder / notice.files[0].sha256
    assert sealed.stat().st_size == notice.files[0].size
    open_file(read(notice.envelope()), 1, sealed, folder / "out")
    assert (folder / "out").read_bytes() == (folder / "plain").read_bytes()


def test_hidden_recipient_opens_with_its_own_route_and_stays_hidden() -> None:
    notice = letter(hidden=[OUTSIDER.recipient()])
    raw = notice.envelope()
    assert read(raw, OUTSIDER).content == message()
    assert OUTSIDER.agency.encode() not in notice.manifest.raw
    assert OUTSIDER.epoch.kid.encode() not in notice.manifest.header_raw

    def forget_route(obj: dict[str, Any]) -> None:
        del obj["route"]

    without = changed(raw, forget_route)
    assert read(without, RECIPIENT).content == message()
    with pytest.raises(VerificationError) as caught:
        read(without, OUTSIDER)
    assert (caught.value.step, caught.value.stage) == (5, "not-for-me")


def test_second_officer_opens_and_signs_the_very_same_bytes() -> None:
    notice = cast.signed(SENDER, (RECIPIENT,), "liaison", payload=_wanted())
    opened = open_pending(
        notice.envelope(), reader=reader(SENDER), grounds=Grounds(), held=None, now=cast.NOW
    )
    signed = notice.sign(SENDER["approver"].signing)
    assert opened.digest == signed.digest == notice.digest
    assert len(read(signed.envelope()).signers) == 2


def _wanted() -> bytes:
    person = {
        "names": [{"value": "NYUNDAK", "script": "Latn", "role": "single"}],
        "date_of_birth": "1984-03",
    }
    tree = {"type": "wanted-person", "action": "arrest", "reason": "Fraud.", "person": person}
    return json.dumps(tree).encode()


def test_type_without_a_model_opens_as_plain_json() -> None:
    payload = b'{"number": "P1234567", "country": "MM"}'
    notice = cast.signed(SENDER, (RECIPIENT,), "liaison", type="stolen-document", payload=payload)
    assert read(notice.envelope()).payload == {"number": "P1234567", "country": "MM"}


def test_signing_twice_changes_nothing() -> None:
    notice = letter()
    assert notice.sign(SENDER["liaison"].signing) is notice


def test_sealed_notice_comes_back_from_its_bytes() -> None:
    notice = letter(hidden=[OUTSIDER.recipient()])
    assert decode_sealed(notice.envelope()).envelope() == notice.envelope()


def test_notice_ids_are_of_version_7_and_do_not_repeat() -> None:
    ids = {new_notice_id() for _ in range(2000)}
    assert len(ids) == 2000
    assert all(as_notice_id(each) == each for each in ids)


def test_no_secret_is_in_the_repr_of_an_opened_notice() -> None:
    opened = read(letter().envelope())
    assert opened.key.secret.hex() not in repr(opened)
    assert "Which day" not in repr(opened)
    assert "seed" not in repr(reader(RECIPIENT))


# ---------------------------------------------------------------- each step fails first


def no_signature(obj: dict[str, Any]) -> None:
    obj["signatures"] = []


def other_type(obj: dict[str, Any]) -> None:
    obj["payloadType"] = "application/vnd.e-ads.notice.v2+json"


def forged(obj: dict[str, Any]) -> None:
    obj["signatures"][0]["sig"] = "AAAA" + obj["signatures"][0]["sig"][4:]


def stranger(obj: dict[str, Any]) -> None:
    key = SigningKey.generate()
    manifest = decode_envelope(json.dumps(obj).encode()).manifest
    obj["signatures"] = [sign_payload(key, PAYLOAD_TYPE, manifest.raw).to_json()]


def other_wrap(obj: dict[str, Any]) -> None:
    kid = RECIPIENT.epoch.kid
    obj["wraps"][kid] = "A" * 8 + obj["wraps"][kid][8:]


def withheld_wrap(obj: dict[str, Any]) -> None:
    del obj["wraps"][RECIPIENT.epoch.kid]


def other_body(obj: dict[str, Any]) -> None:
    obj["body"] = "AAAA" + obj["body"][4:]


@pytest.mark.parametrize(
    ("change", "step", "stage"),
    [
        (no_signature, 1, "malformed"),
        (other_type, 1, "unsupported"),
        (stranger, 3, "unknown-key"),
        (forged, 3, "bad-signature"),
        (withheld_wrap, 5, "corrupt-payload"),
        (other_wrap, 5, "corrupt-payload"),
        (other_body, 6, "corrupt-payload"),
    ],
)
def test_changed_envelope_fails_at_its_step(
    change: Callable[[dict[str, Any]], None], step: int, stage: str
) -> None:
    with pytest.raises(VerificationError) as caught:
        read(changed(letter().envelope(), change))
    assert (caught.value.step, caught.value.stage) == (step, stage)


def fails(step: int, stage: str, raw: bytes, force: Force = RECIPIENT, **how: Any) -> None:
    with pytest.raises(VerificationError) as caught:
        read(raw, force, **how)
    assert (caught.value.step, caught.value.stage) == (step, stage), caught.value


def test_step_2_keyring_not_at_hand() -> None:
    fails(2, "unknown-key", letter().envelope(), grounds=Grounds({}))


def test_step_3_one_signature_where_two_are_asked() -> None:
    raw = cast.signed(SENDER, (RECIPIENT,), "liaison", payload=_wanted()).envelope()
    fails(3, "no-quorum", raw)


def test_step_3_revoked_signer() -> None:
    force = cast.force(cast.SENDER)
    force.people["liaison"] = replace(force["liaison"], revoked=cast.NOW)
    keyrings = KEYRINGS | {force.agency: cast.decoded(force.keyring())}
    fails(3, "revoked-key", letter().envelope(), grounds=Grounds(keyrings))


def test_step_3_role_that_the_quorum_does_not_name() -> None:
    fails(3, "no-quorum", letter("analyst").envelope())


def test_step_4_outside_the_log() -> None:
    fails(4, "not-in-log", letter().envelope(), grounds=Grounds(logged=False))


def test_step_5_outsider() -> None:
    fails(5, "not-for-me", letter().envelope(), OUTSIDER)


def test_step_6_file_at_hand_is_another(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(b"photo")
    notice = letter(files=[tmp_path / "photo"])
    (tmp_path / "photo").write_bytes(b"\0" * notice.files[0].size)
    fails(6, "corrupt-payload", notice.envelope(), files={1: tmp_path / "photo"})


def test_step_7_wrap_to_a_key_that_only_claims_its_name(tmp_path: Path) -> None:
    wrong = replace(RECIPIENT.recipient(), public=EncryptionKey.generate().public)
    fields = {"type": "message", "re": Digest("ab" * 32), "payload": message()}
    request = cast.request(SENDER, (RECIPIENT,), **fields)
    request = replace(request, to=[SENDER.recipient(), wrong])
    notice = seal(request, tmp_path).sign(SENDER["liaison"].signing)
    fails(7, "corrupt-payload", notice.envelope())


def test_step_7_key_not_granted() -> None:
    raw = letter().envelope()

    def nothing(_kid: Kid) -> Unwrapping:
        raise VerificationError("not-for-me", "not granted")

    with pytest.raises(VerificationError) as caught:
        open_notice(
            raw,
            reader=Reader(RECIPIENT.agency, nothing),
            grounds=Grounds(),
            index=INDEX,
            held=None,
            now=cast.NOW,
        )
    assert (caught.value.step, caught.value.stage) == (7, "not-for-me")


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b'{"type":"message"}', b'{"type":"hit"}', b"\xff", b"{" * 3000],
)
def test_step_8_content_of_another_form(payload: bytes) -> None:
    fails(8, "corrupt-payload", letter(payload=payload).envelope())


def test_step_9_expired() -> None:
    notice = letter()
    fails(9, "stale", notice.envelope(), now=notice.header.expires)


@pytest.mark.parametrize(
    "other",
    [
        {"rev": 2},
        {"digest": Digest("00" * 32)},
        {"issuer": AgencyId("SG-SPF")},
        {"type": "hit"},
        {"rev": 7},
    ],
)
def test_step_9_revision_that_does_not_continue_the_one_held(other: dict[str, Any]) -> None:
    first = letter()
    second = letter(id=first.header.id, rev=2, prev=first.digest, act="update")
    assert read(second.envelope(), held=held(first)).header.rev == 2
    fails(9, "stale", second.envelope(), held=held(first, **other))


def test_withdrawal_carries_a_reason_whatever_the_type() -> None:
    first = letter()
    payload = json.dumps({"type": "withdrawal", "reason": "arrested", "text": "In Bavet."}).encode()
    gone = letter(id=first.header.id, rev=2, prev=first.digest, act="withdraw", payload=payload)
    assert isinstance(read(gone.envelope(), held=held(first)).payload, Withdrawal)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_any_flipped_bit_is_noticed_or_changes_nothing(at: int, bit: int) -> None:
    raw = bytearray(RAW)
    raw[at % len(raw)] ^= 1 << bit
    # What opens all the same was changed where nobody looks: in another agency's wrap.
    with contextlib.suppress(VerificationError):
        assert read(bytes(raw)).content == message()


RAW = letter().envelope()


@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=300))
def test_any_bytes_give_a_verification_error(raw: bytes) -> None:
    with pytest.raises(VerificationError):
        read(raw)


# ---------------------------------------------------------------- files


def test_file_opens_only_whole_and_under_its_number(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"first photograph")
    (tmp_path / "two").write_bytes(b"second photograph")
    notice = with_files(tmp_path, tmp_path / "one", tmp_path / "two")
    first, second = (tmp_path / blob.sha256 for blob in notice.files)
    opened = read(notice.envelope(), files={1: first, 2: second})
    open_file(opened, 2, second, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"second photograph"
    (tmp_path / "out").unlink()
    for number, source in ((1, second), (2, first), (3, first), (0, first)):
        with pytest.raises(VerificationError, match="corrupt-payload"):
            open_file(opened, number, source, tmp_path / "out")
        assert not (tmp_path / "out").exists()
    first.write_bytes(first.read_bytes()[:-1])
    with pytest.raises(VerificationError, match="corrupt-payload"):
        open_file(opened, 1, first, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_file_that_grows_while_it_is_sealed_is_refused(tmp_path: Path) -> None:
    for length in (3, 9):
        with pytest.raises(DraftError, match="changed"):
            b"".join(pad_stream(BytesIO(b"sixsix"), length))


def test_file_over_the_limit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(limits.FILE_BYTES + 1)
    (tmp_path / "out").mkdir()
    request = cast.request(SENDER, (RECIPIENT,), payload=_wanted(), files=[tmp_path / "big"])
    with pytest.raises(DraftError, match="64 MiB"):
        seal(request, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=5000), cuts=st.lists(st.integers(1, 900), max_size=12))
def test_padding_in_pieces_is_the_padding_of_the_wire(content: bytes, cuts: list[int]) -> None:
    padded = b"".join(pad_stream(BytesIO(content), len(content)))
    assert padded == pad(content)
    unpadder, out, at = Unpadder(), b"", 0
    for cut in cuts:
        out += unpadder.feed(padded[at : at + cut])
        at += cut
    out += unpadder.feed(padded[at:])
    unpadder.finish()
    assert out == content


@settings(max_examples=60, deadline=None)
@given(padded=st.binary(min_size=0, max_size=3000))
def test_padding_in_pieces_refuses_what_the_wire_refuses(padded: bytes) -> None:
    unpadder = Unpadder()

    def in_pieces() -> bytes:
        out = unpadder.feed(padded[:7]) + unpadder.feed(padded[7:])
        unpadder.finish()
        return out

    try:
        expected: bytes | None = unpad(padded)
    except WireError:
        expected = None
    if expected is None:
        with pytest.raises(WireError):
            in_pieces()
    else:
        assert in_pieces() == expected


# ---------------------------------------------------------------- drafts


def note(**changes: Any) -> Draft:
    content = Message(subject="Transfer", text="Which day?")
    return Draft(content=content, **({"re": Digest("ab" * 32)} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"re": None},
        {"priority": "soon"},
        {"area": "piracy"},
        {"handling": ("H9",)},
        {"tlp": "PURPLE"},
        {"files": (Path("photo"),)},
    ],
)
def test_draft_with_a_fault_names_the_field(changes: dict[str, Any]) -> None:
    with pytest.raises(DraftError, match=next(iter(changes)).split("_")[0]):
        note(**changes).check()


def test_draft_expires_within_the_life_of_its_type() -> None:
    assert note().expiry(cast.NOW) == cast.NOW + timedelta(days=366)
    for days in (-1, 0, 367):
        with pytest.raises(DraftError, match="expires"):
            note(expires=cast.NOW + timedelta(days=days)).expiry(cast.NOW)


def test_content_of_another_type_is_no_draft() -> None:
    with pytest.raises(DraftError, match="type"):
        Draft(content=Message(subject="a", text="b"), type="hit")


def test_agency_twice_among_the_recipients_is_refused() -> None:
    with pytest.raises(DraftError, match="twice"):
        letter(hidden=[RECIPIENT.recipient()])


def test_request_does_not_show_its_payload() -> None:
    assert "Which day" not in repr(cast.request(SENDER, (), payload=message()))
