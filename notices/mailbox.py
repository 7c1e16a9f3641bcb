"""The mailbox: pages of stored bytes, put together without decoding what is signed."""

from __future__ import annotations

import json
from typing import Any

from eads.problems import ProblemError
from eads_wire.encoding import AgencyId, to_base64
from eads_wire.envelope import decode_manifest
from notices.models import MailboxEntry, Notice, State
from notices.services import find_notice
from transparency.sequencer import latest_checkpoint
from transparency.tenancy import tenant

PAGE_BYTES = 4 * 1024 * 1024
MOST_ENTRIES = 1000
LONGEST_WAIT = 60


def etag(head: int, after: int, limit: int) -> str:
    return f'"{head}-{after}-{limit}"'


def _fitting(agency: AgencyId, after: int, limit: int) -> int:
    """The last position that fits into the page; at least one entry always does."""
    rows = MailboxEntry.objects.filter(position__gt=after).order_by("position")
    total, last = 0, after
    for position, size in rows.values_list("position", "size")[:limit]:
        total += size
        if total > PAGE_BYTES and last > after:
            break
        last = position
    return last


def read_page(agency: AgencyId, head: int, after: int, limit: int) -> bytes:
    """One page as JSON (docs/api.md, "Mailbox")."""
    with tenant(agency):
        last = _fitting(agency, after, limit)
        rows = list(
            MailboxEntry.objects.filter(position__gt=after, position__lte=last).order_by("position")
        )
        digests = {row.digest for row in rows}
        notices = Notice.objects.in_bulk(digests)
        checkpoint = latest_checkpoint()
    head = max(head, rows[-1].position if rows else 0)
    start = json.dumps({"agency": agency, "head": head, "checkpoint": checkpoint})
    entries = b",".join(_entry(row, notices[row.digest], agency) for row in rows)
    return start[:-1].encode() + b', "entries": [' + entries + b"]}"


def _entry(row: MailboxEntry, notice: Notice, agency: AgencyId) -> bytes:
    place = {"position": row.position, "kind": row.kind, "digest": row.digest}
    if row.kind == "erased":
        return json.dumps({**place, "index": notice.index, "reason": row.reason}).encode()
    if notice.state == State.ERASED:
        return json.dumps({**place, "index": notice.index, "erased": True}).encode()
    head = json.dumps({**place, "index": notice.index})[:-1].encode()
    return head + b', "envelope": ' + _envelope(row, notice, agency) + b"}"


def _own_route(notice: Notice, agency: AgencyId) -> dict[str, Any]:
    route = json.loads(bytes(notice.route)) if notice.route else {}
    return {tag: entry for tag, entry in route.items() if entry["agency"] == agency}


def _envelope(row: MailboxEntry, notice: Notice, agency: AgencyId) -> bytes:
    # Signatures are stored as the JSON that goes out.
    parts = [
        b'{"payloadType": "application/vnd.e-ads.notice.v1+json", "payload": "',
        to_base64(bytes(notice.manifest)).encode(),
        b'", "signatures": ',
        bytes(notice.signatures),
        b', "wraps": ',
        json.dumps({row.wrap_name: to_base64(bytes(row.wrap))}).encode(),
        b', "body": "',
        to_base64(bytes(notice.body)).encode(),
        b'"',
    ]
    route = _own_route(notice, agency)
    if route:
        parts += [b', "route": ', json.dumps(route).encode()]
    return b"".join(parts) + b"}"


def read_notice(agency: AgencyId, digest: str) -> dict[str, Any]:
    """A revision's status, with the envelope for those who may open it.

    Raises:
        ProblemError: ``not-found``, ``erased``.
    """
    standing = find_notice(agency, digest)
    notice = standing.notice
    if notice.state == State.ERASED:
        raise ProblemError("erased", f"The content was erased: {notice.reason}.")
    body = standing.to_json()
    if notice.state in (State.PENDING, State.ACCEPTED):
        body["envelope"] = pending_envelope(notice, agency)
    elif notice.state == State.LOGGED:
        with tenant(agency):
            row = MailboxEntry.objects.filter(digest=digest, kind="notice").first()
        wraps = {row.wrap_name: to_base64(bytes(row.wrap))} if row else {}
        body["envelope"] = envelope_json(notice, wraps, _own_route(notice, agency))
    return body


def pending_envelope(notice: Notice, agency: AgencyId) -> dict[str, Any]:
    """A waiting notice with one agency's own wrap, from the wraps kept until it is logged."""
    header = decode_manifest(bytes(notice.manifest)).header
    names, wraps = header.wrap_names, bytes(notice.wraps)
    size = len(wraps) // len(names)
    name = header.kid_of(agency)
    own = {}
    if name is not None and wraps:
        at = names.index(name) * size
        own[str(name)] = to_base64(wraps[at : at + size])
    return envelope_json(notice, own, {})


def envelope_json(notice: Notice, wraps: dict[str, str], route: dict[str, Any]) -> dict[str, Any]:
    """An envelope as one reader may see it: the signed bytes, with that reader's wrap."""
    body: dict[str, Any] = {
        "payloadType": "application/vnd.e-ads.notice.v1+json",
        "payload": to_base64(bytes(notice.manifest)),
        "signatures": json.loads(bytes(notice.signatures)),
        "wraps": wraps,
        "body": to_base64(bytes(notice.body)),
    }
    return {**body, "route": route} if route else body
