"""The region document: who is a member, and what becomes of one who is no more."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from agencies import services
from agencies.models import Agency
from eads.problems import ProblemError
from eads_client.keys import SigningKey
from eads_wire.errors import WireError
from eads_wire.region import PAYLOAD_TYPE
from tests import cast
from tests.cast import OUTSIDER, RECIPIENT, SENDER
from tests.stage import Stage, code_of
from transparency.documents import latest_region
from transparency.models import RegionDocument


def successor(
    stage: Stage, change: Callable[[dict[str, Any]], Any], key: SigningKey | None = None
) -> bytes:
    """Version 2 of the region, with something changed."""
    root = stage.region_root
    payload = cast.region_payload(stage.forces.values(), root, stage.signer.verifier_key)
    before = latest_region()
    assert before is not None
    payload |= {"version": 2, "prev": before.digest}
    change(payload)
    return cast.document(PAYLOAD_TYPE, payload, [key or root])


def suspend(agency: str) -> Callable[[dict[str, Any]], Any]:
    def change(payload: dict[str, Any]) -> None:
        for member in payload["members"]:
            if member["agency"] == agency:
                member["status"] = "suspended"

    return change


def refusal(raw: bytes) -> str:
    before = RegionDocument.objects.count()
    with pytest.raises((ProblemError, WireError)) as caught:
        services.publish_region(raw)
    assert RegionDocument.objects.count() == before
    error: Any = caught.value
    return str(error.code if isinstance(error, ProblemError) else error.stage)


def test_anyone_may_read_the_region(stage: Stage) -> None:
    answer = stage.ask("GET", "region").json()
    assert (answer["version"], answer["index"]) == (1, 0)
    assert answer == stage.ask("GET", "region/1").json()
    assert stage.ask("GET", "region/2").status_code == 404


@pytest.mark.django_db
def test_a_hub_without_a_region_says_so(client: Any) -> None:
    answer = client.get("/api/v1/region")
    assert (answer.status_code, code_of(answer)) == (404, "not-found")


def test_the_next_version_is_shown_once_it_is_in_the_log(stage: Stage) -> None:
    raw = successor(stage, lambda payload: None)
    services.publish_region(raw)
    assert stage.ask("GET", "region").json()["version"] == 1
    stage.sequence()
    answer = stage.ask("GET", "region").json()
    assert (answer["version"], answer["document"]) == (2, json.loads(raw))


def test_a_member_that_the_region_suspends_is_locked_out(stage: Stage) -> None:
    headers = stage.bearer(OUTSIDER)
    services.publish_region(successor(stage, suspend(OUTSIDER)))
    stage.sequence()
    answer = stage.ask("GET", "mailbox", headers=headers)
    assert (answer.status_code, code_of(answer)) == (403, "suspended")
    answer = stage.ask("PUT", f"keyrings/{OUTSIDER}", body=stage[OUTSIDER].keyring())
    assert code_of(answer) == "suspended"
    assert stage.ask("GET", "mailbox", RECIPIENT).status_code == 200


def test_a_member_that_the_region_leaves_out_is_locked_out(stage: Stage) -> None:
    headers = stage.bearer(OUTSIDER)
    left = [stage[agency].member() for agency in sorted(stage.forces) if agency != OUTSIDER]
    services.publish_region(successor(stage, lambda payload: payload.update(members=left)))
    stage.sequence()
    assert stage.ask("GET", "mailbox", headers=headers).status_code == 403
    assert not Agency.objects.get(id=OUTSIDER).active


def test_the_secretariats_suspension_outlives_a_new_region(stage: Stage) -> None:
    Agency.objects.filter(id=SENDER).update(suspended=True, notices_per_day=7)
    services.publish_region(successor(stage, lambda payload: None))
    stage.sequence()
    row = Agency.objects.get(id=SENDER)
    assert (row.suspended, row.notices_per_day) == (True, 7)


def test_the_same_region_again_changes_nothing(stage: Stage) -> None:
    raw = successor(stage, lambda payload: None)
    first = services.publish_region(raw)
    assert services.publish_region(raw).digest == first.digest
    stage.sequence()
    assert services.publish_region(raw).digest == first.digest
    assert RegionDocument.objects.count() == 2


def test_a_region_by_another_root_is_refused(stage: Stage) -> None:
    stranger = SigningKey.generate()
    assert refusal(successor(stage, lambda payload: None, stranger)) == "unknown-key"


def test_a_region_out_of_order_is_refused(stage: Stage) -> None:
    assert refusal(successor(stage, lambda p: p.update(version=3))) == "stale"
    assert refusal(successor(stage, lambda p: p.update(prev="0" * 64))) == "stale"


def test_a_region_of_another_hub_is_refused(stage: Stage, settings: Any) -> None:
    settings.EADS_ORIGIN = "hub.elsewhere"
    assert refusal(successor(stage, lambda payload: None)) == "unknown-key"


def test_two_regions_of_one_version_do_not_both_stand(stage: Stage) -> None:
    services.publish_region(successor(stage, lambda payload: None))
    assert refusal(successor(stage, suspend(OUTSIDER))) == "version-conflict"
