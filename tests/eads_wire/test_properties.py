"""Any bytes give a value or a WireError; padding, quorum and tree against their definitions."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eads_wire.assertion import decode_assertion
from eads_wire.encoding import AgencyId, KeyId, Kid, OfficerId, as_time, decode_json, format_time
from eads_wire.envelope import (
    check_complete,
    check_route,
    check_wraps,
    decode_envelope,
    decode_manifest,
    wrap_for,
)
from eads_wire.errors import WireError
from eads_wire.header import decode_header
from eads_wire.keyring import Officer, Role, decode_keyring
from eads_wire.log import append_leaves, decode_checkpoint, root_of
from eads_wire.padding import pad, padded_size, unpad
from eads_wire.quorum import Signer, missing_roles
from eads_wire.receipt import decode_receipt
from eads_wire.region import decode_region
from eads_wire.verifier_key import decode_verifier_key
from tests.eads_wire.mutations import ANY_JSON, changed_bytes, changed_json, encoded, within
from tests.eads_wire.vector_files import Vector, bytes_of, load
from tests.eads_wire.verdicts import VERDICTS

WIRE = settings(deadline=None, database=None, max_examples=150)

DECODERS: dict[str, Callable[[bytes], object]] = {
    "json": lambda raw: decode_json(raw, limit=1 << 20, what="document"),
    "envelope": decode_envelope,
    "manifest": decode_manifest,
    "header": decode_header,
    "keyring": decode_keyring,
    "region": decode_region,
    "receipt": decode_receipt,
    "checkpoint": decode_checkpoint,
    "padding": unpad,
    "verifier key": lambda raw: decode_verifier_key(raw.decode("utf-8", "surrogateescape")),
    "assertion": lambda raw: decode_assertion(raw.decode("utf-8", "surrogateescape"), None),
    "second half": lambda raw: decode_assertion(
        load("assertion/ok-both-halves")["assertion"], raw.decode("utf-8", "surrogateescape")
    ),
}
SIGNED = {
    "envelope": ("envelope/ok-hidden-recipient", "envelope/ok-posted-with-hidden-recipients"),
    "keyring": ("keyring/ok-first", "keyring/ok-revoked-stays", "keyring/ok-witness"),
    "region": ("region/ok-first", "region/ok-second"),
    "receipt": ("receipt/ok-two-signatures",),
}
VALID = [(each, name) for each, names in SIGNED.items() for name in names]


def value_or_wire_error(decode: Callable[[Any], object], raw: Any) -> Any:
    """What comes out; another exception than a WireError fails the test."""
    try:
        return decode(raw)
    except WireError as error:
        return error


def every_check(raw: bytes) -> None:
    """The checks of an envelope apart from its signatures, as if those were genuine."""
    found = value_or_wire_error(decode_envelope, raw)
    if not isinstance(found, WireError):
        for check in (check_complete, check_route, check_wraps):
            value_or_wire_error(check, found)
        for agency in ("ID-POLRI", "TH-RTP", "LA-GDP", "SG-SPF"):
            value_or_wire_error(lambda name: wrap_for(found, name), AgencyId(agency))


# ------------------------------------------------------------------ any bytes


@pytest.mark.parametrize("name", DECODERS)
def test_any_bytes_give_a_value_or_a_wire_error(name: str) -> None:
    @WIRE
    @given(st.one_of(st.binary(max_size=2000), ANY_JSON.map(encoded)))
    def check(raw: bytes) -> None:
        value_or_wire_error(DECODERS[name], raw)

    check()


@pytest.mark.parametrize(("each", "name"), VALID)
def test_a_document_with_bytes_changed_gives_a_value_or_a_wire_error(each: str, name: str) -> None:
    vector = load(name)

    @WIRE
    @given(changed_bytes(bytes_of(vector[each])))
    def check(raw: bytes) -> None:
        value_or_wire_error(VERDICTS[each], {**vector, each: _as_base64(raw)})

    check()


@pytest.mark.parametrize(("each", "name"), VALID)
def test_a_document_with_a_part_changed_gives_a_value_or_a_wire_error(each: str, name: str) -> None:
    vector = load(name)

    @WIRE
    @given(changed_json(json.loads(bytes_of(vector[each]))))
    def check(value: Any) -> None:
        every_check(encoded(value))
        value_or_wire_error(VERDICTS[each], {**vector, each: _as_base64(encoded(value))})

    check()


@pytest.mark.parametrize(("each", "name"), VALID)
def test_a_payload_with_a_part_changed_gives_a_value_or_a_wire_error(each: str, name: str) -> None:
    vector = load(name)
    document = bytes_of(vector[each])
    payload = _payload(document)

    @WIRE
    @given(changed_json(payload))
    def check(value: Any) -> None:
        raw = within(document, "payload", lambda _old: encoded(value))
        value_or_wire_error(VERDICTS[each], {**vector, each: _as_base64(raw)})

    check()


@WIRE
@given(st.data())
def test_a_header_with_a_part_changed_gives_a_value_or_a_wire_error(data: st.DataObject) -> None:
    vector: Vector = load("envelope/ok-hidden-recipient")
    document = bytes_of(vector["envelope"])
    header = encoded(data.draw(changed_json(vector["out"]["header"])))
    raw = within(document, "payload", lambda old: within(old, "header", lambda _old: header))
    value_or_wire_error(decode_header, header)
    every_check(raw)
    value_or_wire_error(VERDICTS["envelope"], {**vector, "envelope": _as_base64(raw)})


@WIRE
@given(changed_bytes(bytes_of(load("checkpoint/ok-cosigned")["checkpoint"])))
def test_a_checkpoint_with_bytes_changed_gives_a_value_or_a_wire_error(raw: bytes) -> None:
    vector = {"region": "region/1", "checkpoint": _as_base64(raw)}
    value_or_wire_error(VERDICTS["checkpoint"], vector)


@WIRE
@given(changed_bytes(load("assertion/ok-both-halves")["assertion"].encode()))
def test_an_assertion_with_bytes_changed_gives_a_value_or_a_wire_error(raw: bytes) -> None:
    vector = load("assertion/ok-both-halves")
    text = raw.decode("utf-8", "surrogateescape")
    value_or_wire_error(VERDICTS["assertion"], {**vector, "assertion": text})


def _as_base64(raw: bytes) -> dict[str, str]:
    return {"base64": base64.b64encode(raw).decode()}


def _payload(document: bytes) -> Any:
    return json.loads(base64.b64decode(json.loads(document)["payload"]))


# ------------------------------------------------------------------ limits and nesting


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":' + b"[" * 4_000_000,
        b'{"a":' * 800_000,
        b'{"a":' + b"9" * 4_000_000 + b"}",
        b'{"a":-' + b"9" * 4_000_000 + b"}",
        b'{"a":0.' + b"9" * 4_000_000 + b"}",
        b'{"a":1e' + b"9" * 4_000_000 + b"}",
        b'{"a":"' + b"\\ud800" * 600_000 + b'"}',
        b"\xff" * 4_000_000,
    ],
    ids=["lists", "objects", "digits", "negative", "fraction", "exponent", "surrogates", "bytes"],
)
def test_the_largest_nonsense_is_malformed_and_nothing_worse(raw: bytes) -> None:
    with pytest.raises(WireError) as caught:
        decode_envelope(raw)
    assert caught.value.stage == "malformed"


def test_512_recipients_are_not_too_many() -> None:
    header = load("envelope/ok-message")["out"]["header"]
    to = [{"agency": "ID-POLRI", "kid": "f" * 32}]
    to += [{"agency": f"ZZ-{n:03}", "kid": f"{n:032x}"} for n in range(511)]
    assert len(decode_header(encoded({**header, "to": to})).named) == 512


@pytest.mark.parametrize(("field", "most"), [("roots", 16), ("encryption", 64), ("officers", 512)])
def test_a_keyring_beyond_a_limit_is_refused_before_its_entries_are_read(
    field: str, most: int
) -> None:
    document = bytes_of(load("keyring/ok-first")["keyring"])
    payload = {**_payload(document), field: [None] * (most + 1)}
    raw = within(document, "payload", lambda _old: encoded(payload))
    with pytest.raises(WireError, match=f"has not [01] to {most} entries"):
        decode_keyring(raw)


# ------------------------------------------------------------------ times


@WIRE
@given(st.datetimes(datetime(2000, 1, 1), datetime(9999, 12, 31, 23, 59, 59)))  # noqa: DTZ001
def test_a_time_is_read_as_it_was_written(naive: datetime) -> None:
    moment = naive.replace(tzinfo=UTC, microsecond=0)
    assert as_time(format_time(moment), "time") == moment


# ------------------------------------------------------------------ padding


@WIRE
@given(st.binary(max_size=20_000))
def test_unpadding_gives_the_message_back(message: bytes) -> None:
    padded = pad(message)
    assert unpad(padded) == message
    assert len(padded) == padded_size(len(message))


@WIRE
@given(st.integers(1020, 64 * 1024 * 1024))
def test_padding_costs_at_most_twelve_in_a_hundred(length: int) -> None:
    total = length + 4
    assert total <= padded_size(length) <= total * 1.12
    assert padded_size(length) <= padded_size(length + 1)


@WIRE
@given(st.integers(0, 3000), st.integers(0, 3000), st.binary(min_size=1, max_size=2))
def test_only_what_pad_writes_is_unpadded(length: int, size: int, end: bytes) -> None:
    padded = (length.to_bytes(4, "big") + b"m" * length)[:size].ljust(size, b"\0") + end
    message = value_or_wire_error(unpad, padded)
    if isinstance(message, WireError):
        assert message.stage == "corrupt-payload"
    else:
        assert pad(message) == padded


# ------------------------------------------------------------------ quorum

ISSUER, REVIEWER = AgencyId("ID-POLRI"), AgencyId("REG-OFFICE")
ROLES = ("liaison", "approver", "reviewer")
DAY = datetime(2026, 11, 22, tzinfo=UTC)


def signer(agency: AgencyId, who: int, key: int, roles: frozenset[str]) -> Signer:
    public = sha256(f"{agency} {who} {key}".encode()).digest()
    officer = Officer(
        id=OfficerId(f"officer.{who}"),
        roles=roles,
        keyid=KeyId(public.hex()[:32]),
        public=public,
        kid=Kid(public.hex()[32:]),
        enc_public=public,
        start=DAY,
        until=DAY + timedelta(days=1),
        revoked=None,
    )
    return Signer(agency, officer)


SIGNERS = st.lists(
    st.builds(
        signer,
        st.sampled_from([ISSUER, REVIEWER]),
        st.integers(0, 3),
        st.integers(0, 1),
        st.frozensets(st.sampled_from(ROLES), min_size=1),
    ),
    max_size=5,
)
QUORUM = st.lists(
    st.one_of(
        st.builds(Role, st.sampled_from(ROLES), st.none()),
        st.just(Role("reviewer", REVIEWER)),
    ),
    min_size=1,
    max_size=4,
)


def fewest_missing(signers: Sequence[Signer], quorum: Sequence[Role]) -> int:
    """By trying every way to give the entries to different people, or to nobody."""
    people: dict[tuple[str, str], list[Signer]] = {}
    for each in signers:
        people.setdefault((each.agency, each.officer.id), []).append(each)
    nobody: list[list[Signer]] = [[] for _ in quorum]
    return min(
        sum(
            not any(each.meets(role, ISSUER) for each in person)
            for role, person in zip(quorum, chosen, strict=True)
        )
        for chosen in itertools.permutations([*people.values(), *nobody], len(quorum))
    )


@WIRE
@given(SIGNERS, QUORUM)
def test_a_quorum_is_met_exactly_where_some_assignment_meets_it(
    signers: list[Signer], quorum: list[Role]
) -> None:
    missing = missing_roles(signers, quorum, ISSUER)
    assert len(missing) == fewest_missing(signers, quorum)
    assert all(role in quorum for role in missing)


def test_an_officer_with_two_keys_is_one_person() -> None:
    both = [signer(ISSUER, 1, key, frozenset({"liaison", "approver"})) for key in (0, 1)]
    quorum = (Role("liaison", None), Role("approver", None))
    assert len(missing_roles(both, quorum, ISSUER)) == 1


def test_officers_of_two_agencies_with_one_id_are_two_people() -> None:
    roles = frozenset({"liaison", "reviewer"})
    both = [signer(ISSUER, 1, 0, roles), signer(REVIEWER, 1, 0, roles)]
    quorum = (Role("liaison", None), Role("reviewer", REVIEWER))
    assert missing_roles(both, quorum, ISSUER) == ()


# ------------------------------------------------------------------ the tree


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + naive_root(leaves[:half]) + naive_root(leaves[half:])).digest()


LEAVES = [sha256(bytes([0, n])).digest() for n in range(256)]
ROOTS = [naive_root(LEAVES[:size]) for size in range(257)]


def test_every_tree_up_to_256_leaves_has_its_root() -> None:
    peaks: list[bytes] = []
    for size, leaf in enumerate(LEAVES):
        assert root_of(peaks) == ROOTS[size]
        peaks = append_leaves(peaks, size, [leaf])
        assert len(peaks) == (size + 1).bit_count()
    assert root_of(peaks) == ROOTS[256]


@WIRE
@given(st.lists(st.integers(0, 256), max_size=12))
def test_the_root_does_not_depend_on_how_leaves_come_in_batches(cuts: list[int]) -> None:
    bounds = [0, *sorted(cuts), 256]
    peaks: list[bytes] = []
    for start, end in itertools.pairwise(bounds):
        before = list(peaks)
        peaks = append_leaves(before, start, LEAVES[start:end])
        assert root_of(peaks) == ROOTS[end]
        assert len(before) == start.bit_count()
