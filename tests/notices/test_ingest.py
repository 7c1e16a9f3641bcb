"""What the hub takes in, what it refuses, and who then sees it."""

from __future__ import annotations

import json

from tests.cast import OUTSIDER, RECIPIENT, SENDER, signed
from tests.stage import Stage


def test_a_notice_with_its_quorum_is_logged_and_in_each_mailbox(stage: Stage) -> None:
    notice = signed(stage[SENDER], [stage[RECIPIENT]])
    assert stage.post(notice).status_code == 202
    stage.sequence()
    answer = stage.post(notice)
    assert answer.status_code == 201
    body = json.loads(answer.content)
    assert body["state"] == "logged"
    assert body["position"] == 1
    entry = stage.mailbox(RECIPIENT)["entries"][0]
    assert (entry["position"], entry["digest"]) == (1, notice.digest)
    assert list(entry["envelope"]["wraps"]) == [stage[RECIPIENT].epoch.kid]
    assert stage.mailbox(OUTSIDER)["entries"] == []
