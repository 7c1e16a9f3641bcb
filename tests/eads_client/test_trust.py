"""Whom to believe, against a hub that lies: each test is named by its attack."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eads_client import ProfileError, VerificationError
from eads_client.keys import EncryptionKey, SigningKey
from eads_client.trust import Trust
from eads_client.trust_store import TrustStore
from eads_wire.encoding import AgencyId, Digest
from eads_wire.header import Header, LogHead
from eads_wire.keyring import PAYLOAD_TYPE as KEYRING
from tests import cast
from tests.cast import Force
from tests.eads_client.fake_hub import FakeHub, answer

SENDER, RECIPIENT = AgencyId(cast.SENDER), AgencyId(cast.RECIPIENT)


@pytest.fixture
def hub() -> FakeHub:
    return FakeHub.with_cast()


@pytest.fixture
def trust(hub: FakeHub) -> Trust:
    return believing(hub)


def believing(hub: FakeHub) -> Trust:
    """A trust that has seen everything of an honest hub."""
    trust = Trust(hub.fingerprint)
    for index, raw in hub.region:
        trust.accept_region(raw, index)
    for chain in hub.keyrings.values():
        for index, raw in chain:
            trust.accept_keyring(raw, index)
    trust.accept_checkpoint(hub.log.checkpoint().encode())
    return trust


def refuses(stage: str, action: Any, *arguments: Any) -> None:
    with pytest.raises(VerificationError) as caught:
        action(*arguments)
    assert caught.value.stage == stage, caught.value


def header(issuer: str = cast.SENDER, **changes: Any) -> Header:
    notice = cast.signed(cast.force(issuer), (), "liaison", type="warning")
    return replace(notice.header, **changes)


# ---------------------------------------------------------------- the region


def test_region_with_other_roots_than_were_compared(hub: FakeHub) -> None:
    forged = cast.region(hub.forces.values(), SigningKey.generate(), hub.log.verifier_key)
    trust = Trust(hub.fingerprint)
    refuses("unknown-key", trust.accept_region, forged, 0)
    assert trust.region_version == 0


def test_region_changed_by_somebody_without_its_root(hub: FakeHub, trust: Trust) -> None:
    payload = cast.region_payload(hub.forces.values(), hub.root, hub.log.verifier_key)
    held = trust.region
    payload |= {"version": 2, "prev": held.digest, "members": []}
    # The hub's own key among the signatures does not make it one of the region's.
    kind = "application/vnd.e-ads.region.v1+json"
    refuses("unknown-key", trust.accept_region, cast.document(kind, payload, [mine()]), 20)
    assert trust.region is held


def mine() -> SigningKey:
    return SigningKey.generate()


def test_skipped_region_version(hub: FakeHub, trust: Trust) -> None:
    hub.publish_region(hub.next_region())
    hub.publish_region(hub.next_region(members=[]))
    refuses("stale", trust.accept_region, hub.region[2][1], hub.region[2][0])


def test_two_regions_under_one_version(hub: FakeHub, trust: Trust) -> None:
    one, other = hub.next_region(), hub.next_region(members=[])
    trust.accept_region(one, 20)
    refuses("stale", trust.accept_region, other, 21)


def test_region_that_moves_in_the_log(hub: FakeHub, trust: Trust) -> None:
    index, raw = hub.region[0]
    trust.accept_region(raw, index)
    refuses("not-in-log", trust.accept_region, raw, index + 9)


def rotated(hub: FakeHub) -> None:
    """The region passes to a new root."""
    new = SigningKey.generate()
    payload = cast.region_payload(hub.forces.values(), new, hub.log.verifier_key)
    payload |= {"version": 2, "prev": believing(hub).region.digest}
    kind = "application/vnd.e-ads.region.v1+json"
    hub.publish_region(cast.document(kind, payload, [hub.root, new]))
    hub.root = new


def test_user_who_compared_later_roots_takes_the_chain_that_leads_there(hub: FakeHub) -> None:
    rotated(hub)
    trust = Trust(hub.fingerprint)
    refuses("unknown-key", trust.accept_region, hub.region[0][1], hub.region[0][0])
    assert trust.region_version == 0
    documents = [(raw, index) for index, raw in hub.region]
    assert trust.accept_regions(documents).version.number == 2
    # Keyrings that entered the log before the rotation are judged by the region of their time.
    index, keyring = hub.keyrings[SENDER][0]
    assert trust.accept_keyring(keyring, index).agency == SENDER


def test_chain_that_leads_to_other_roots_leaves_nothing_behind(hub: FakeHub) -> None:
    fingerprint = hub.fingerprint
    other = FakeHub.with_cast()
    rotated(other)
    trust = Trust(fingerprint)
    refuses("unknown-key", trust.accept_regions, [(raw, index) for index, raw in other.region])
    assert (trust.region_version, dict(trust.places())) == (0, {})


def test_chain_that_does_not_begin_with_version_1(hub: FakeHub) -> None:
    hub.publish_region(hub.next_region())
    trust = Trust(hub.fingerprint)
    refuses("stale", trust.accept_regions, [(raw, index) for index, raw in hub.region[1:]])


# ---------------------------------------------------------------- keyrings


def test_swapped_key_under_a_force_s_name(hub: FakeHub) -> None:
    """The hub makes a keyring of its own for a recipient, to read what is sealed to it."""
    trust = Trust(hub.fingerprint)
    trust.accept_region(hub.region[0][1], 0)
    impostor = Force(RECIPIENT, "TH", SigningKey.generate(), EncryptionKey.generate())
    refuses("unknown-key", trust.accept_keyring, impostor.keyring(), 1)
    assert trust.keyring_version(RECIPIENT) == 0


def test_swapped_key_in_a_next_version(hub: FakeHub, trust: Trust) -> None:
    force = hub.forces[RECIPIENT]
    payload = force.keyring_payload()
    payload["roots"] = [cast.root_json(own := SigningKey.generate())]
    refuses("no-quorum", trust.accept_keyring, cast.document(KEYRING, payload, [own]), 20)
    assert trust.keyring(RECIPIENT).epoch(cast.NOW) is not None


def test_old_keyring_served_again(hub: FakeHub, trust: Trust) -> None:
    force = hub.forces[SENDER]
    first = hub.keyrings[SENDER][0]
    hub.publish_keyring(SENDER, force.keyring())
    trust.accept_keyring(hub.keyrings[SENDER][1][1], hub.keyrings[SENDER][1][0])
    trust.accept_keyring(first[1], first[0])
    assert trust.keyring(SENDER).version.number == 2


def test_skipped_keyring_version(hub: FakeHub, trust: Trust) -> None:
    force = hub.forces[SENDER]
    force.keyring()
    refuses("stale", trust.accept_keyring, force.keyring(), 20)


def test_revocation_taken_back(hub: FakeHub, trust: Trust) -> None:
    force = hub.forces[SENDER]
    force.people["liaison"] = replace(force["liaison"], revoked=cast.NOW)
    trust.accept_keyring(force.keyring(), 20)
    force.people["liaison"] = replace(force["liaison"], revoked=None)
    refuses("revoked-key", trust.accept_keyring, force.keyring(), 21)


def test_keyring_of_no_member(hub: FakeHub, trust: Trust) -> None:
    stranger = Force(AgencyId("XX-NOBODY"), "XX", SigningKey.generate(), EncryptionKey.generate())
    refuses("unknown-key", trust.accept_keyring, stranger.keyring(), 20)


def test_keyring_placed_before_its_predecessor(hub: FakeHub, trust: Trust) -> None:
    index, _ = hub.keyrings[RECIPIENT][0]
    refuses("not-in-log", trust.accept_keyring, hub.forces[RECIPIENT].keyring(), index - 1)


def test_two_documents_in_one_place(hub: FakeHub, trust: Trust) -> None:
    place, _ = hub.keyrings[cast.REVIEWING][0]
    refuses("not-in-log", trust.accept_keyring, hub.forces[SENDER].keyring(), place)


def test_keyring_withheld_until_it_expires(hub: FakeHub, trust: Trust) -> None:
    expires = trust.keyring(SENDER).version.expires
    trust.recipient_key(SENDER, expires - timedelta(seconds=1))
    refuses("stale", trust.recipient_key, SENDER, expires)
    refuses("stale", trust.keyrings_for, header(), 20, expires)


def test_keyring_that_was_replaced_judges_the_past_without_running_out(
    hub: FakeHub, trust: Trust
) -> None:
    force, expires = hub.forces[SENDER], trust.keyring(SENDER).version.expires
    trust.accept_region(hub.next_region(expires="2090-01-01T00:00:00Z"), 29)
    payload = force.keyring_payload()
    payload["expires"] = "2090-01-01T00:00:00Z"
    trust.accept_keyring(cast.document(KEYRING, payload, [force.root]), 30)
    keyrings = trust.keyrings_for(header(), 20, expires + timedelta(days=1))
    assert keyrings[SENDER].version.number == 1


def test_log_order_decides_which_keyring_judges(hub: FakeHub, trust: Trust) -> None:
    trust.accept_keyring(hub.forces[SENDER].keyring(), 30)
    assert trust.keyring_at(SENDER, 30).version.number == 1
    assert trust.keyring_at(SENDER, 31).version.number == 2
    index, _ = hub.keyrings[SENDER][0]
    refuses("unknown-key", trust.keyring_at, SENDER, index)


def test_suspended_member_is_neither_sealed_to_nor_believed(hub: FakeHub, trust: Trust) -> None:
    members = [force.member() for force in hub.forces.values()]
    members.sort(key=lambda member: str(member["agency"]))
    for member in members:
        member["status"] = "suspended" if member["agency"] == SENDER else "active"
    trust.accept_region(hub.next_region(members=members), 30)
    refuses("unknown-key", trust.recipient_key, SENDER, cast.NOW)
    refuses("unknown-key", trust.keyrings_for, header(), 31, cast.NOW)
    # Its history stays.
    assert SENDER in trust.keyrings_for(header(), 29, cast.NOW)


def test_region_withheld_until_it_expires(hub: FakeHub, trust: Trust) -> None:
    expires = trust.region.version.expires
    refuses("stale", trust.recipient_key, RECIPIENT, expires)
    refuses("stale", trust.keyrings_for, header(), 20, expires)


# ---------------------------------------------------------------- the log


def test_log_rolled_back(hub: FakeHub, trust: Trust) -> None:
    held = trust.checkpoint
    refuses("stale", trust.accept_checkpoint, hub.log.checkpoint(3).encode())
    assert trust.checkpoint is held


def test_log_forked_at_the_same_size(hub: FakeHub, trust: Trust) -> None:
    forked = hub.log.checkpoint(root=b"\x11" * 32).encode()
    refuses("not-in-log", trust.accept_checkpoint, forked)


def test_checkpoint_signed_by_another_log(hub: FakeHub, trust: Trust) -> None:
    other = FakeHub.with_cast()
    refuses("unknown-key", trust.accept_checkpoint, other.log.checkpoint().encode())


def test_checkpoint_without_a_region_to_name_the_log(hub: FakeHub) -> None:
    trust = Trust(hub.fingerprint)
    refuses("unknown-key", trust.accept_checkpoint, hub.log.checkpoint().encode())


def test_document_outside_the_log(hub: FakeHub, trust: Trust) -> None:
    trust.check_covered()
    trust.accept_keyring(hub.forces[SENDER].keyring(), 99)
    refuses("not-in-log", trust.check_covered)


def test_notice_outside_the_log(hub: FakeHub, trust: Trust) -> None:
    size = len(hub.log.leaves)
    for index in (None, size, size + 5):
        refuses("not-in-log", trust.check_in_log, header(), index)
    hub.log.append("e-ads/v1 envelope " + "0" * 64)
    trust.accept_checkpoint(hub.log.checkpoint().encode())
    trust.check_in_log(header(), size)


def test_notice_moved_to_before_a_revocation(hub: FakeHub, trust: Trust) -> None:
    """The issuer had seen a log of some size: its notice cannot stand further ahead."""
    log = LogHead(cast.ORIGIN, 5, Digest("00" * 32))
    refuses("not-in-log", trust.check_in_log, header(log=log), 4)


def test_notice_in_the_place_of_a_keyring(hub: FakeHub, trust: Trust) -> None:
    refuses("not-in-log", trust.check_in_log, header(), hub.keyrings[SENDER][0][0])


def test_notice_of_another_hub_s_log(hub: FakeHub, trust: Trust) -> None:
    hub.log.append("e-ads/v1 envelope " + "0" * 64)
    trust.accept_checkpoint(hub.log.checkpoint().encode())
    log = LogHead("other.example", 0, Digest("00" * 32))
    refuses("not-in-log", trust.check_in_log, header(log=log), len(hub.log.leaves) - 1)


# ---------------------------------------------------------------- its files


def test_store_remembers_across_processes(hub: FakeHub, tmp_path: Path) -> None:
    store = filled(hub, tmp_path)
    again = TrustStore.open(tmp_path, hub.fingerprint)
    assert again.trust.places() == store.trust.places()
    assert again.trust.checkpoint == store.trust.checkpoint
    assert again.keyring_document(SENDER, 1) == hub.keyrings[SENDER][0][1]
    assert again.region_document(1) == hub.region[0][1]


def filled(hub: FakeHub, folder: Path) -> TrustStore:
    store = TrustStore.open(folder, hub.fingerprint)
    store.accept_regions([(hub.region[0][1], hub.region[0][0])])
    for chain in hub.keyrings.values():
        store.accept_keyring(chain[0][1], chain[0][0])
    store.accept_checkpoint(hub.log.checkpoint().encode())
    return store


def test_rollback_is_noticed_by_the_next_process_and_kept_as_evidence(
    hub: FakeHub, tmp_path: Path
) -> None:
    filled(hub, tmp_path)
    old = hub.log.checkpoint(2).encode()
    again = TrustStore.open(tmp_path, hub.fingerprint)
    refuses("stale", again.accept_checkpoint, old)
    evidence = list((tmp_path / "evidence").iterdir())
    assert [path.read_bytes() for path in evidence] == [old]
    assert (tmp_path / "checkpoint").read_bytes() == hub.log.checkpoint().encode()


@pytest.mark.parametrize("name", ["region/000001-0.json", "keyrings/ID-POLRI/000001-*.json"])
def test_file_changed_on_disk_is_not_believed(hub: FakeHub, tmp_path: Path, name: str) -> None:
    filled(hub, tmp_path)
    path = next(tmp_path.glob(name))
    document = json.loads(path.read_bytes())
    sig = document["signatures"][0]["sig"]
    document["signatures"][0]["sig"] = ("B" if sig[0] == "A" else "A") + sig[1:]
    path.write_text(json.dumps(document))
    with pytest.raises(ProfileError, match="does not prove itself"):
        TrustStore.open(tmp_path, hub.fingerprint)


def test_another_fingerprint_does_not_take_over_what_is_held(hub: FakeHub, tmp_path: Path) -> None:
    filled(hub, tmp_path)
    with pytest.raises(ProfileError, match="does not prove itself"):
        TrustStore.open(tmp_path, "0000 " * 7 + "0000")


# ---------------------------------------------------------------- syncing with a hub that lies


def test_sync_follows_every_version(hub: FakeHub, tmp_path: Path) -> None:
    with hub.client(tmp_path) as client:
        assert client.sync_trust().region == 1
        hub.publish_region(hub.next_region())
        hub.publish_keyring(SENDER, hub.forces[SENDER].keyring())
        hub.publish_keyring(SENDER, hub.forces[SENDER].keyring())
        news = client.sync_trust()
        assert (news.region, news.keyrings, news.failures) == (2, (SENDER,), ())
        assert client.trust.keyring(SENDER).version.number == 3
        assert client.sync_trust().keyrings == ()


def test_one_member_s_bad_keyring_does_not_keep_the_others_away(
    hub: FakeHub, tmp_path: Path
) -> None:
    with hub.client(tmp_path) as client:
        client.sync_trust()
        bad = cast.document(KEYRING, hub.forces[SENDER].keyring_payload(), [mine()])
        hub.publish_keyring(SENDER, bad)
        hub.publish_keyring(RECIPIENT, hub.forces[RECIPIENT].keyring())
        news = client.sync_trust()
        assert [(agency, error.stage) for agency, error in news.failures] == [
            (SENDER, "unknown-key")
        ]
        assert news.keyrings == (RECIPIENT,)
        assert client.trust.keyring(SENDER).version.number == 1
    assert len(list((tmp_path / "trust" / "evidence").glob("*keyring-ID-POLRI*"))) == 1


def test_hub_that_forgets_a_keyring_version(hub: FakeHub, tmp_path: Path) -> None:
    hub.publish_keyring(SENDER, hub.forces[SENDER].keyring())
    with hub.client(tmp_path) as client:
        client.sync_trust()
        hub.keyrings[SENDER].pop()
        failures = client.sync_trust().failures
        assert [(agency, error.stage) for agency, error in failures] == [(SENDER, "stale")]


def test_hub_that_answers_with_another_member_s_keyring(hub: FakeHub, tmp_path: Path) -> None:
    hub.keyrings[SENDER], hub.keyrings[RECIPIENT] = hub.keyrings[RECIPIENT], hub.keyrings[SENDER]

    with hub.client(tmp_path) as client:
        failures = client.sync_trust().failures
        assert {error.stage for _, error in failures} == {"stale"}


def test_version_that_nobody_ever_reaches(hub: FakeHub, tmp_path: Path) -> None:
    with hub.client(tmp_path) as client:
        client.sync_trust()
        far = {"version": 2**52, "index": 1, "document": {}}
        hub.interfere = lambda _m, path, *_: answer(far) if path == "region" else None
        refuses("stale", client.sync_trust)
        assert hub.asked[-1] == ("GET", "region")


def test_hub_that_goes_back_to_an_older_region(hub: FakeHub, tmp_path: Path) -> None:
    hub.publish_region(hub.next_region())
    with hub.client(tmp_path) as client:
        client.sync_trust()
        hub.region.pop()
        refuses("stale", client.sync_trust)


def test_user_who_compared_later_roots_syncs_and_opens_again(hub: FakeHub, tmp_path: Path) -> None:
    rotated(hub)
    for _ in range(2):
        with hub.client(tmp_path) as client:
            assert client.sync_trust().region == 2
            assert client.trust.region.roots.fingerprint == hub.fingerprint


def test_log_that_disappears(hub: FakeHub, tmp_path: Path) -> None:
    with hub.client(tmp_path) as client:
        client.sync_trust()
        hub.interfere = lambda _method, path, *_: (
            answer({"code": "not-found"}, 404, **{"Content-Type": "application/problem+json"})
            if path == "log/checkpoint"
            else None
        )
        refuses("stale", client.sync_trust)
