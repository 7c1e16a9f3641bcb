"""Key life: every change is a version that others accept, and nobody can skip a signature."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from eads_client import (
    AgencyCeremony,
    CeremonyError,
    Client,
    EnrolmentRequest,
    Keystore,
    OfficerRequest,
    Profile,
    RegionCeremony,
    Session,
    Settings,
    VerificationError,
    create_officer,
    publish_keyring,
)
from eads_client.hpke import seal_to
from eads_client.keys import EncryptionKey
from eads_client.session import system_clock
from eads_client.trust import Trust
from eads_wire.contexts import grant_info
from eads_wire.encoding import AgencyId, KeyId, Kid, OfficerId, to_base64
from tests import cast
from tests.eads_client.fake_hub import CHEAP, PASSPHRASE, FakeHub, Log, Reply, answer

AGENCY = "KH-CNP"
DARA, SOK = OfficerId("dara"), OfficerId("sok")


def made(folder: Path, officer: str = "admin", agency: str | None = AGENCY) -> Any:
    """A profile and its opened keystore."""
    names = {} if agency is None else {"agency": AgencyId(agency), "officer": OfficerId(officer)}
    settings = Settings(hub="http://127.0.0.1:9", **names)  # type: ignore[arg-type]
    profile = Profile.create(folder, settings, PASSPHRASE, stretching=CHEAP)
    return profile, profile.unlock(PASSPHRASE)


@pytest.fixture
def ceremony(tmp_path: Path) -> AgencyCeremony:
    ceremony = AgencyCeremony(*made(tmp_path / "admin"))
    ceremony.create_agency(country="KH", name="Cambodian National Police")
    return ceremony


def officer(folder: Path, name: str) -> tuple[OfficerRequest, Profile, Keystore]:
    profile, keystore = made(folder / name, name)
    return create_officer(profile, keystore), profile, keystore


def region_of(folder: Path, log: Log, *requests: EnrolmentRequest) -> RegionCeremony:
    region = RegionCeremony(*made(folder / "secretariat", agency=None))
    region.create(region="SEA", origin=cast.ORIGIN, log_keys=[log.verifier_key])
    if requests:
        region.enrol(*requests)
    return region


# ---------------------------------------------------------------- what others accept


def test_whole_life_of_an_agency_is_accepted_by_a_stranger(tmp_path: Path) -> None:
    agency = AgencyCeremony(*made(tmp_path / "admin"))
    request = agency.create_agency(country="KH", name="Cambodian National Police")
    region = region_of(tmp_path, Log(), EnrolmentRequest.decode(request.encode()))
    dara, sok = (officer(tmp_path, name)[0] for name in ("dara", "sok"))
    agency.add_officer(OfficerRequest.decode(dara.encode()), ["liaison"])
    agency.add_officer(sok, ["approver"])
    agency.set_roles(SOK, ["approver", "reviewer"])
    agency.rotate_epoch()
    agency.revoke_officer(SOK)
    agency.set_quorum({"wanted-person": ["liaison", "approver"], "*": ["liaison", "approver"]})
    agency.rotate_roots(roots=2, root_quorum=2)
    agency.renew()
    trust = Trust(region.fingerprint)
    trust.accept_regions([(region.chain.document(v), v) for v in (1, 2)])
    for version in range(1, agency.chain.version + 1):
        trust.accept_keyring(agency.chain.document(version), 10 + version)
    assert trust.keyring(AgencyId(AGENCY)).version.number == agency.chain.version == 9
    assert {o.id for o in agency.keyring.officers if o.revoked is None} == {"admin", "dara"}


def test_whole_life_of_a_region_is_accepted_by_a_stranger(tmp_path: Path) -> None:
    agency = AgencyCeremony(*made(tmp_path / "admin"))
    request = agency.create_agency(country="KH", name="Cambodian National Police")
    log = Log()
    region = region_of(tmp_path, log, request)
    trust = Trust(region.fingerprint)
    region.suspend(AgencyId(AGENCY))
    region.rotate_roots(roots=3, root_quorum=2)
    region.set_log_keys([log.verifier_key, Log().verifier_key])
    region.renew()
    region.resume(AgencyId(AGENCY))
    versions = range(1, region.chain.version + 1)
    trust.accept_regions([(region.chain.document(v), v) for v in versions])
    assert trust.region.version.number == 7
    assert trust.member(AgencyId(AGENCY)).active
    assert not trust.member(AgencyId(AGENCY), 6).active


def test_first_officer_may_act_at_once(ceremony: AgencyCeremony) -> None:
    (admin,) = ceremony.keyring.officers
    admin.check_valid(system_clock())
    assert admin.roles == {"admin"}
    assert ceremony.keyring.epoch(system_clock()) is not None


def test_ceremony_goes_on_in_another_process(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    profile = Profile.open(tmp_path / "admin")
    again = AgencyCeremony(profile, profile.unlock(PASSPHRASE))
    assert again.renew().version == 2
    assert ceremony.keyring.version.number == 2


# ---------------------------------------------------------------- officers


def test_officer_s_request_is_the_same_each_time(tmp_path: Path) -> None:
    request, profile, keystore = officer(tmp_path, "dara")
    assert create_officer(profile, keystore) == request
    assert OfficerRequest.decode(request.encode()) == request
    assert OfficerRequest.decode(request.encode()).fingerprint == request.fingerprint


def test_swapped_key_in_a_request_changes_its_fingerprint(tmp_path: Path) -> None:
    request, _, _ = officer(tmp_path, "dara")
    swapped = json.loads(request.encode())
    swapped["enc_public"] = to_base64(EncryptionKey.generate().public)
    assert OfficerRequest.decode(json.dumps(swapped).encode()).fingerprint != request.fingerprint


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"v":1,"kind":"enrolment"}', b"\xff" * 9])
def test_file_that_is_no_request_is_refused(raw: bytes) -> None:
    with pytest.raises(CeremonyError):
        OfficerRequest.decode(raw)
    with pytest.raises(CeremonyError):
        EnrolmentRequest.decode(raw)


def test_officer_of_another_agency_is_not_listed(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    profile, keystore = made(tmp_path / "other", "dara", "VN-PPS")
    with pytest.raises(CeremonyError, match="VN-PPS"):
        ceremony.add_officer(create_officer(profile, keystore), ["liaison"])


def test_officer_is_listed_once_until_revoked(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    request, _, _ = officer(tmp_path, "dara")
    ceremony.add_officer(request, ["liaison"])
    with pytest.raises(CeremonyError, match="already"):
        ceremony.add_officer(request, ["liaison"])
    ceremony.revoke_officer(DARA)
    with pytest.raises(CeremonyError):
        ceremony.add_officer(request, ["liaison"])  # the same key never comes back
    (tmp_path / "again").mkdir()
    new, _, _ = officer(tmp_path / "again", "dara")
    ceremony.add_officer(new, ["liaison"])
    assert [o.revoked is None for o in ceremony.keyring.officers if o.id == DARA] == [False, True]


@pytest.mark.parametrize("roles", [[], ["chief"], ["liaison", "chief"]])
def test_role_that_does_not_exist_is_refused(
    tmp_path: Path, ceremony: AgencyCeremony, roles: list[str]
) -> None:
    request, _, _ = officer(tmp_path, "dara")
    with pytest.raises(CeremonyError, match="roles"):
        ceremony.add_officer(request, roles)
    assert ceremony.chain.version == 1


def test_officer_s_end_lies_ahead(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    request, _, _ = officer(tmp_path, "dara")
    with pytest.raises(CeremonyError, match="until"):
        ceremony.add_officer(request, ["liaison"], system_clock() - timedelta(days=1))


def test_nobody_is_revoked_twice_or_unknown(ceremony: AgencyCeremony) -> None:
    with pytest.raises(CeremonyError, match="no officer"):
        ceremony.revoke_officer(DARA)


def test_serious_notices_never_go_out_on_one_signature(ceremony: AgencyCeremony) -> None:
    with pytest.raises(CeremonyError, match="fewer than two"):
        ceremony.set_quorum({"*": ["liaison"]})
    assert ceremony.chain.version == 1


# ---------------------------------------------------------------- epochs and grants


def test_revoked_officer_cannot_read_what_is_sealed_afterwards(
    tmp_path: Path, ceremony: AgencyCeremony
) -> None:
    (dara, _, dara_keys), (sok, _, sok_keys) = (officer(tmp_path, n) for n in ("dara", "sok"))
    ceremony.add_officer(dara, ["liaison"])
    ceremony.add_officer(sok, ["liaison"])
    before = ceremony.keyring.epoch(system_clock())
    ceremony.revoke_officer(SOK)
    after = ceremony.keyring.epoch(system_clock())
    assert before is not None
    assert after is not None
    assert after.kid != before.kid
    # The epoch before is not taken by a hub any more.
    now = system_clock() + timedelta(seconds=1)
    assert [e.kid for e in ceremony.keyring.encryption if e.start <= now < e.until] == [after.kid]
    grants = ceremony.grants()
    assert unwrapped(dara_keys, grants, after.kid) == after.kid
    assert not any(name in grants[after.kid] for name in sok_keys.names("encryption"))


def unwrapped(keystore: Keystore, grants: dict[Kid, dict[Kid, bytes]], kid: Kid) -> Kid:
    """The name of the key that an officer finds in a grant."""
    own = keystore.encryption_key(Kid(keystore.names("encryption")[0]), "encryption")
    return EncryptionKey(own.unwrap(grants[kid][own.kid], grant_info(kid, own.kid))).kid


def test_new_officer_is_granted_the_past_too(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    ceremony.rotate_epoch()
    dara, _, keys = officer(tmp_path, "dara")
    ceremony.add_officer(dara, ["liaison"])
    grants = ceremony.grants()
    assert len(grants) == 2
    for epoch in ceremony.keyring.encryption:
        assert unwrapped(keys, grants, epoch.kid) == epoch.kid


def test_rotated_epoch_is_the_newest_and_the_old_one_runs_out(ceremony: AgencyCeremony) -> None:
    first = ceremony.keyring.epoch(system_clock())
    for _ in range(3):
        ceremony.rotate_epoch()
    newest = ceremony.keyring.epoch(system_clock())
    assert first is not None
    assert newest == ceremony.keyring.encryption[-1]
    old = next(e for e in ceremony.keyring.encryption if e.kid == first.kid)
    assert old.until <= system_clock() + timedelta(days=7)


def granting(tmp_path: Path, grants: list[dict[str, str]]) -> Client:
    """A client of the recipient that the hub gives these grants."""
    hub = FakeHub.with_cast()

    def interfere(_method: str, path: str, *_: Any) -> Reply | None:
        return answer({"grants": grants}) if path == "grants" else None

    hub.interfere = interfere
    client = hub.client(tmp_path / "p")
    for name in client.session.keystore.names("epoch"):
        client.session.keystore.forget("epoch", name)
    return client


def grant_of(epoch: EncryptionKey, kid: str, to: EncryptionKey) -> dict[str, str]:
    sealed = seal_to(to.public, grant_info(Kid(kid), to.kid), epoch.seed)
    return {"kid": kid, "officer_kid": to.kid, "grant": to_base64(sealed)}


def test_granted_key_is_kept(tmp_path: Path) -> None:
    force = cast.force(cast.RECIPIENT)
    own = force["liaison"].encryption
    with granting(tmp_path, [grant_of(force.epoch, force.epoch.kid, own)]) as client:
        assert client.sync_grants() == (force.epoch.kid,)
        assert client.sync_grants() == ()
        assert client.session.find_key(force.epoch.kid).public == force.epoch.public


def test_grant_of_another_seed_is_refused(tmp_path: Path) -> None:
    force = cast.force(cast.RECIPIENT)
    own = force["liaison"].encryption
    planted = grant_of(EncryptionKey.generate(), force.epoch.kid, own)
    with granting(tmp_path, [planted]) as client:
        with pytest.raises(VerificationError, match="corrupt-payload"):
            client.sync_grants()
        assert client.session.keystore.names("epoch") == ()


def test_grant_to_another_officer_is_passed_over(tmp_path: Path) -> None:
    force = cast.force(cast.RECIPIENT)
    other = force["approver"].encryption
    with granting(tmp_path, [grant_of(force.epoch, force.epoch.kid, other)]) as client:
        client.sync_trust()
        with pytest.raises(VerificationError, match="not-for-me"):
            client.session.find_key(force.epoch.kid)


# ---------------------------------------------------------------- several roots


def test_two_holders_of_roots_sign_each_change(tmp_path: Path) -> None:
    first, second = (AgencyCeremony(*made(tmp_path / name)) for name in ("one", "two"))
    other = second.create_root()
    first.create_agency(country="KH", name="Police", other_roots=[other], root_quorum=2)
    assert first.chain.version == 0
    waiting = next((tmp_path / "one/ceremony").glob("*.open.json")).read_bytes()
    done = second.sign(waiting)
    assert (done.version, done.complete) == (1, True)
    assert first.chain.adopt(done.document) == 1
    assert not list((tmp_path / "one/ceremony").glob("*.open.json"))
    renewed = first.renew()
    assert not renewed.complete
    assert first.chain.version == 1
    assert second.sign(renewed.document).complete


def test_half_signed_version_is_not_adopted(tmp_path: Path) -> None:
    first, second = (AgencyCeremony(*made(tmp_path / name)) for name in ("one", "two"))
    first.create_agency(
        country="KH", name="Police", other_roots=[second.create_root()], root_quorum=2
    )
    waiting = next((tmp_path / "one/ceremony").glob("*.open.json")).read_bytes()
    with pytest.raises(CeremonyError, match="quorum"):
        second.chain.adopt(waiting)


def test_change_without_a_root_in_the_profile_is_refused(
    tmp_path: Path, ceremony: AgencyCeremony
) -> None:
    keystore = Profile.open(tmp_path / "admin").unlock(PASSPHRASE)
    for name in keystore.names("root"):
        keystore.forget("root", name)
    with pytest.raises(CeremonyError, match="none of the roots"):
        ceremony.renew()


def test_new_roots_need_the_old_ones(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    keystore = Profile.open(tmp_path / "admin").unlock(PASSPHRASE)
    keystore.forget("root", keystore.names("root")[0])
    proposal = ceremony.rotate_roots()
    assert not proposal.complete
    assert ceremony.chain.version == 1


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"payloadType":"x"}'])
def test_signing_something_else_is_refused(ceremony: AgencyCeremony, raw: bytes) -> None:
    with pytest.raises(CeremonyError):
        ceremony.sign(raw)


def test_signing_an_old_version_again_is_refused(ceremony: AgencyCeremony) -> None:
    ceremony.renew()
    with pytest.raises(CeremonyError, match="next"):
        ceremony.sign(ceremony.chain.document(1))


# ---------------------------------------------------------------- the region


def test_agency_is_enrolled_once(tmp_path: Path) -> None:
    agency = AgencyCeremony(*made(tmp_path / "admin"))
    request = agency.create_agency(country="KH", name="Cambodian National Police")
    region = region_of(tmp_path, Log(), request)
    with pytest.raises(CeremonyError, match="already"):
        region.enrol(request)


def test_enrolment_request_comes_back_and_tells_its_fingerprint(tmp_path: Path) -> None:
    agency = AgencyCeremony(*made(tmp_path / "admin"))
    request = agency.create_agency(country="KH", name="Police of Kâmpŭchéa")
    again = EnrolmentRequest.decode(request.encode())
    assert again == request
    assert again.fingerprint == agency.keyring.roots.fingerprint


@pytest.mark.parametrize(
    "changes",
    [{"region": "sea"}, {"origin": "a b"}, {"log_keys": ["x"]}, {"log_keys": []}],
)
def test_region_that_breaks_the_format_is_not_made(tmp_path: Path, changes: Any) -> None:
    region = RegionCeremony(*made(tmp_path / "secretariat", agency=None))
    good = {"region": "SEA", "origin": cast.ORIGIN, "log_keys": [Log().verifier_key]}
    with pytest.raises(CeremonyError):
        region.create(**(good | changes))
    assert region.chain.version == 0


def test_unknown_agency_is_not_suspended(tmp_path: Path) -> None:
    with pytest.raises(CeremonyError, match="not a member"):
        region_of(tmp_path, Log()).suspend(AgencyId("VN-PPS"))


def test_documents_hold_public_keys_only(tmp_path: Path, ceremony: AgencyCeremony) -> None:
    keystore = Profile.open(tmp_path / "admin").unlock(PASSPHRASE)
    root = keystore.signing_key(KeyId(keystore.names("root")[0]), "root")
    epoch = keystore.encryption_key(Kid(keystore.names("epoch")[0]))
    payload = json.dumps(ceremony.chain.payload())
    for key in (root, epoch):
        assert to_base64(key.public) in payload
        assert to_base64(key.seed) not in payload
        assert key.seed.hex() not in payload


# ---------------------------------------------------------------- publishing


def test_every_version_is_published_then_the_grants(tmp_path: Path) -> None:
    hub = FakeHub()
    profile, keystore = made(tmp_path / "admin")
    ceremony = AgencyCeremony(profile, keystore)
    request = ceremony.create_agency(country="KH", name="Cambodian National Police")
    dara, _, dara_keys = officer(tmp_path, "dara")
    ceremony.add_officer(dara, ["liaison"])
    region = region_of(tmp_path, hub.log, request)
    for version in (1, 2):
        hub.publish_region(region.chain.document(version))
    profile.change(region_fingerprint=region.fingerprint)
    waits = [1, 1]

    def interfere(method: str, path: str, *_: Any) -> Reply | None:
        if (method, path) == ("PUT", f"keyrings/{AGENCY}") and waits:
            waits.pop()
            return answer({}, 202)
        return None

    hub.interfere = interfere
    session = Session(profile, keystore, transport=hub.transport())
    slept: list[float] = []
    assert publish_keyring(session, ceremony, sleep=slept.append) == 2
    assert (len(slept), len(hub.keyrings[AGENCY])) == (2, 2)
    (kid,) = hub.grants
    assert unwrapped(dara_keys, hub.grants, kid) == kid
    # Publishing again gives the hub nothing new but the grants.
    asked = len([each for each in hub.asked if each[0] == "PUT"])
    publish_keyring(session, ceremony)
    assert [e for e in hub.asked if e[0] == "PUT"][asked:] == [("PUT", "grants")]
    session.close()


def test_log_that_never_takes_the_keyring_is_given_up(tmp_path: Path) -> None:
    hub = FakeHub()
    profile, keystore = made(tmp_path / "admin")
    ceremony = AgencyCeremony(profile, keystore)
    region = region_of(tmp_path, hub.log, ceremony.create_agency(country="KH", name="Police"))
    hub.publish_region(region.chain.document(1))
    profile.change(region_fingerprint=region.fingerprint)
    hub.interfere = lambda method, *_: answer({}, 202) if method == "PUT" else None
    session = Session(profile, keystore, transport=hub.transport())
    with pytest.raises(CeremonyError, match="publish again"):
        publish_keyring(session, ceremony, sleep=lambda _s: None, tries=3)
    session.close()
