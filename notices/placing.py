"""What the sequencer does with notices and receipts, inside its transaction (system scope)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from agencies.models import Agency
from eads_wire.dsse import decode_signatures
from eads_wire.encoding import as_agency
from eads_wire.envelope import Manifest, decode_manifest
from eads_wire.errors import WireError
from eads_wire.quorum import verify_quorum
from eads_wire.receipt import decode_receipt
from notices.directory import read_directory
from notices.erasing import erase_revisions
from notices.models import MailboxEntry, Notice, NoticeBlob, Receipt, State
from notices.outbox import owe
from transparency.sequencer import Placed

PLACED_AT_ONCE = 300
"""Three parameters a row: below the smallest limit of a SQLite."""
Recipients = list[tuple[str, str]]
"""Agency and name of its wrap."""


def refuse_notices(subjects: Sequence[str]) -> set[str]:
    """Judge again what was accepted under a keyring that is no longer the current one.

    Between a notice's acceptance and its place in the log an officer may be revoked. Readers judge
    by the keyring before the notice in the log, so the hub must not log what they would refuse.
    """
    rows = Notice.objects.filter(digest__in=subjects)
    current = set(Agency.objects.values_list("keyring_digest", flat=True))
    refused = set()
    for notice in rows.only("digest", "verified_with"):
        if not set(notice.verified_with.split(",")) <= current:
            reason = _judge_again(notice)
            if reason is not None:
                Notice.objects.filter(digest=notice.digest).update(
                    state=State.REFUSED, reason=reason, body=b"", wraps=b""
                )
                refused.add(notice.digest)
    NoticeBlob.objects.filter(notice__in=refused).delete()
    return refused


def _judge_again(notice: Notice) -> str | None:
    manifest = decode_manifest(bytes(notice.manifest))
    issuer = as_agency(notice.issuer)
    own = read_directory({issuer}).keyrings
    asked = own[issuer].reviewer_agencies(notice.type)
    try:
        verify_quorum(
            manifest,
            decode_signatures(json.loads(bytes(notice.signatures))),
            read_directory({issuer, *asked}).keyrings,
        )
    except WireError as error:
        return error.stage
    return None


class _Positions:
    """The next position of each mailbox touched in a batch; rows stay locked until its end."""

    def __init__(self, agencies: Iterable[str]) -> None:
        rows = Agency.objects.select_for_update().filter(id__in=set(agencies)).order_by("id")
        self.before = dict(rows.values_list("id", "mailbox_head"))
        self.head = dict(self.before)

    def next(self, agency: str) -> int:
        self.head[agency] += 1
        return self.head[agency]

    def save(self) -> None:
        moved = [a for a in self.head if self.head[a] != self.before[a]]
        Agency.objects.bulk_update(
            [Agency(id=a, mailbox_head=self.head[a]) for a in moved], ["mailbox_head"]
        )
        owe({a: (self.before[a] + 1, self.head[a]) for a in moved})


def recipients_of(manifest: Manifest, route: bytes) -> Recipients:
    """Every recipient of a revision, named and hidden, in the order of its wraps."""
    behind = json.loads(route) if route else {}
    named = [(str(e.agency), str(e.kid)) for e in manifest.header.named]
    return named + [(behind[tag]["agency"], tag) for tag in manifest.header.blind]


def place_notices(placed: Sequence[Placed]) -> None:
    """Give each notice its index and a place in each recipient's mailbox."""
    rows = Notice.objects.in_bulk([each.subject for each in placed])
    manifests = {d: decode_manifest(bytes(row.manifest)) for d, row in rows.items()}
    recipients = {d: recipients_of(m, bytes(rows[d].route)) for d, m in manifests.items()}
    left_out = _left_out(rows, recipients)
    positions = _Positions(a for d in rows for a, _ in [*recipients[d], *left_out.get(d, ())])
    entries: list[MailboxEntry] = []
    for each in placed:
        row = rows[each.subject]
        row.index, row.state = each.index, State.LOGGED
        entries += _entries(row, recipients[row.digest], positions)
        for agency, held in left_out.get(row.digest, ()):
            entries.append(_erased(agency, positions.next(agency), held, "withdrawn"))
        row.wraps = b""
    MailboxEntry.objects.bulk_create(entries)
    _save_placed(list(rows.values()))
    positions.save()
    for row in rows.values():
        if row.act == "withdraw":
            erase_revisions(row.issuer, row.notice_id, before=row.rev, reason="withdrawn")


def _save_placed(rows: Sequence[Notice]) -> None:
    """Write index and state; the wraps go, because they are in the mailboxes now."""
    # bulk_update would build an expression for each row and field, at the cost of all the rest.
    for start in range(0, len(rows), PLACED_AT_ONCE):
        part = rows[start : start + PLACED_AT_ONCE]
        cases = " ".join(["WHEN %s THEN %s"] * len(part))
        marks = ", ".join(["%s"] * len(part))
        values: list[Any] = [State.LOGGED.value, b""]
        for row in part:
            values += [row.digest, row.index]
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE notices_notice SET state = %s, wraps = %s, "index" = CASE digest {cases}'  # noqa: S608
                f" END WHERE digest IN ({marks})",
                [*values, *(row.digest for row in part)],
            )


def _entries(row: Notice, recipients: Recipients, positions: _Positions) -> list[MailboxEntry]:
    wraps = bytes(row.wraps)
    length = len(wraps) // len(recipients)
    # Base64 and JSON around them make the page a third larger, plus names.
    size = (len(row.manifest) + len(row.body) + length) * 4 // 3 + len(row.signatures) + 400
    return [
        MailboxEntry(
            agency=agency,
            position=positions.next(agency),
            digest=row.digest,
            kind="notice",
            wrap_name=name,
            wrap=wraps[n * length : (n + 1) * length],
            size=size,
        )
        for n, (agency, name) in enumerate(recipients)
    ]


def _erased(agency: str, position: int, digest: str, reason: str) -> MailboxEntry:
    return MailboxEntry(
        agency=agency, position=position, digest=digest, kind="erased", reason=reason, size=200
    )


def _left_out(
    rows: dict[str, Notice], recipients: dict[str, Recipients]
) -> dict[str, list[tuple[str, str]]]:
    """Who holds an earlier revision of a withdrawn notice but is not told of the withdrawal by
    its sender, with the digest that it holds: the hub tells them of that, since the withdrawal
    itself is not theirs to see."""
    result: dict[str, list[tuple[str, str]]] = {}
    for digest, row in rows.items():
        if row.act == "withdraw":
            earlier = Notice.objects.filter(
                issuer=row.issuer,
                notice_id=row.notice_id,
                rev__lt=row.rev,
                state=State.LOGGED,
            ).values("digest")
            held = MailboxEntry.objects.filter(digest__in=earlier, kind="notice")
            told = {agency for agency, _ in recipients[digest]}
            others = held.exclude(agency__in=told)
            result[digest] = sorted(others.values_list("agency", "digest"))
    return result


def tell_erased(erased: Sequence[tuple[str, str]], reason: str) -> None:
    """Put an ``erased`` entry for each (agency, digest) into that mailbox."""
    by_agency: dict[str, list[str]] = defaultdict(list)
    for agency, digest in erased:
        by_agency[agency].append(digest)
    positions = _Positions(by_agency)
    MailboxEntry.objects.bulk_create(
        _erased(agency, positions.next(agency), digest, reason)
        for agency, digests in by_agency.items()
        for digest in digests
    )
    positions.save()


def place_receipts(placed: Sequence[Placed]) -> None:
    """Give each receipt its index."""
    for each in placed:
        Receipt.objects.filter(digest=each.subject).update(index=each.index)


def receipt_subjects(document: bytes) -> list[tuple[str, str]]:
    """What a receipt says: (kind, digest) pairs."""
    receipt, _ = decode_receipt(document)
    subjects: list[tuple[str, str]] = [("delivered", digest) for digest in receipt.delivered]
    return subjects + [("purged", digest) for digest in receipt.purged]
