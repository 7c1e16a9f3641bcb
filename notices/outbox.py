"""The outbox: notifications as rows, so that no broker can lose one.

A row is written in the sequencer's transaction, claimed by whichever worker comes first, and
settled with what became of it. A worker that dies leaves a lease that runs out; the message is
then sent again under the same id and with the same content, so that a receiver knows the repeat.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from notices.models import Channel, OutboxMessage, Subscription
from transparency.store import writing
from transparency.tenancy import system

LEASE = timedelta(minutes=2)
"""Longer than a worker keeps a claimed message waiting and then tries it."""
BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=24),
)
"""Pauses after the first, second ... failure; the last one is repeated."""
GIVE_UP_AFTER = timedelta(days=7)
PROBE = timedelta(minutes=1)
"""How much later than the message that tries a failing target the others follow."""
EMAIL_PAUSE = timedelta(minutes=1)
"""Between two e-mails to one address: what comes meanwhile is told in the next."""
KEEP_DONE = timedelta(days=30)
MERGE_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. ``text`` names it without any part of the target."""

    text: str
    delivered: bool = False
    gone: bool = False


def owe(advanced: Mapping[str, tuple[int, int]]) -> None:
    """One message per enabled subscription of each agency whose mailbox advanced.

    Called inside the sequencer's transaction: what is in a mailbox is owed, or neither is.

    Args:
        advanced: the first and last new position of each agency.
    """
    now = timezone.now()
    subscriptions = Subscription.objects.filter(agency__in=list(advanced), enabled=True)
    OutboxMessage.objects.bulk_create(
        OutboxMessage(
            agency=each.agency,
            subscription=each,
            first=advanced[each.agency][0],
            last=advanced[each.agency][1],
            created=now,
            due=max(now, each.not_before or now),
        )
        for each in subscriptions
    )


def _claimable(now: datetime) -> QuerySet[OutboxMessage]:
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    rows: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(
        free, done__isnull=True, due__lte=now
    )
    return rows


def is_due() -> bool:
    """Whether a claim would find something."""
    with system():
        return _claimable(timezone.now()).exists()


def claim(limit: int) -> list[OutboxMessage]:
    """Take up to ``limit`` due messages for this worker alone, for as long as the lease holds.

    Messages to one target that were never tried become one. A message that was tried stays what
    it is: its id may have arrived, and must not come to mean something else.
    """
    now = timezone.now()
    token = secrets.token_hex(16)
    with writing(), system():
        # Where the database can, rows that another worker is claiming are passed over; where it
        # cannot, the condition of the update decides who has them.
        locked = _claimable(now).select_for_update(skip_locked=True)
        chosen = list(locked.order_by("due", "id")[:limit])
        if not chosen:
            return []
        untried = {message.subscription_id for message in chosen if not message.attempts}
        alike = locked.filter(attempts=0, subscription__in=untried)
        alike = alike.exclude(id__in=[message.id for message in chosen])
        heads = _merge(chosen + list(alike.order_by("id")[:MERGE_AT_ONCE]), now)
        _claimable(now).filter(id__in=heads).update(
            lease=token, leased_until=now + LEASE, attempts=F("attempts") + 1
        )
        mine = OutboxMessage.objects.filter(lease=token).select_related("subscription")
        return _with_enabled_target(list(mine.order_by("due", "id")), now)


def _merge(messages: Sequence[OutboxMessage], now: datetime) -> list[UUID]:
    heads = [message.id for message in messages if message.attempts]
    groups: dict[UUID, list[OutboxMessage]] = defaultdict(list)
    for message in messages:
        if not message.attempts:
            groups[message.subscription_id].append(message)
    for group in groups.values():
        head, *others = sorted(group, key=lambda message: message.first)
        heads.append(head.id)
        if others:
            last = max(message.last for message in group)
            OutboxMessage.objects.filter(id=head.id).update(last=last)
            OutboxMessage.objects.filter(id__in=[message.id for message in others]).update(
                done=now, outcome=f"told in {head.id}"
            )
    return heads


def _with_enabled_target(messages: Sequence[OutboxMessage], now: datetime) -> list[OutboxMessage]:
    """Leave out what the sequencer wrote while its subscription was being disabled."""
    late = [message.id for message in messages if not message.subscription.enabled]
    if late:
        OutboxMessage.objects.filter(id__in=late).update(
            done=now, outcome="given up: disabled", lease="", leased_until=None
        )
    return [message for message in messages if message.subscription.enabled]


def settle(results: Sequence[tuple[OutboxMessage, Outcome]]) -> None:
    """Write down what became of claimed messages."""
    now = timezone.now()
    with writing(), system():
        # In the order of ids, so that two workers never wait for each other in a circle.
        wanted = sorted({message.subscription_id for message, _ in results})
        rows = Subscription.objects.select_for_update().filter(id__in=wanted).order_by("id")
        subscriptions = {row.id: row for row in rows}
        by_text: dict[str, list[UUID]] = defaultdict(list)
        for message, outcome in results:
            if outcome.delivered:
                by_text[outcome.text].append(message.id)
        for text, ids in by_text.items():
            OutboxMessage.objects.filter(id__in=ids, done__isnull=True).update(
                done=now, outcome=text, lease="", leased_until=None
            )
        for message, outcome in results:
            subscription = subscriptions.get(message.subscription_id)
            if subscription is None or not subscription.enabled:
                continue
            if outcome.delivered:
                _note_success(subscription, now)
            else:
                _note_failure(message, outcome, subscription, now)


def _open_of(subscription: Subscription) -> QuerySet[OutboxMessage]:
    rows: QuerySet[OutboxMessage] = OutboxMessage.objects.filter(
        subscription=subscription, done__isnull=True
    )
    return rows


def _note_success(subscription: Subscription, now: datetime) -> None:
    was_failing = subscription.failing_since is not None
    if was_failing:
        _open_of(subscription).filter(leased_until__isnull=True).update(due=now)
    by_email = subscription.kind == Channel.EMAIL
    last = subscription.last_success
    # To the minute is enough to read, and spares a write for each message.
    if was_failing or by_email or last is None or now - last > timedelta(minutes=1):
        subscription.failing_since = None
        subscription.not_before = now + EMAIL_PAUSE if by_email else None
        subscription.last_success = now
        subscription.save(update_fields=["failing_since", "not_before", "last_success"])


def _note_failure(
    message: OutboxMessage, outcome: Outcome, subscription: Subscription, now: datetime
) -> None:
    """Try again later, alone: the other messages of a failing target wait for this one."""
    since = subscription.failing_since or now
    if outcome.gone or now >= since + GIVE_UP_AFTER:
        subscription.failing_since = since
        disable(subscription, outcome.text, now)
        return
    pause = BACKOFF[min(message.attempts, len(BACKOFF)) - 1]
    due = min(now + pause, since + GIVE_UP_AFTER)
    mine = _open_of(subscription).filter(id=message.id, lease=message.lease)
    if not mine.update(due=due, outcome=outcome.text, lease="", leased_until=None):
        return  # the lease ran out and another worker has the message now
    others = _open_of(subscription).filter(leased_until__isnull=True).exclude(id=message.id)
    others.update(due=due + PROBE)
    subscription.failing_since, subscription.not_before = since, due + PROBE
    subscription.save(update_fields=["failing_since", "not_before"])


def disable(subscription: Subscription, why: str, now: datetime) -> None:
    """Owe a target nothing more; its open messages are given up."""
    subscription.enabled = False
    subscription.not_before = None
    subscription.save()
    _open_of(subscription).update(
        done=now, outcome=f"given up: {why}"[:80], lease="", leased_until=None
    )


def remove_old(limit: int = 1000) -> int:
    """Delete messages that were settled long ago, and subscriptions that were taken back."""
    before = timezone.now() - KEEP_DONE
    with writing(), system():
        # Ids begin with the time, so the oldest are at one end of the primary key.
        oldest = UUID(int=int(before.timestamp() * 1000) << 80)
        old = OutboxMessage.objects.filter(id__lt=oldest, done__isnull=False)
        ids = list(old.order_by("id").values_list("id", flat=True)[:limit])
        removed, _ = OutboxMessage.objects.filter(id__in=ids).delete()
        Subscription.objects.filter(removed__lt=before).delete()
    return removed
