"""Celery tasks: ring, and what is owed is sent. A lost ring costs seconds, never a message.

Celery's own Django fixup closes the thread's database connection before and after every task.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from celery import shared_task
from django.utils import timezone

from agencies.models import UsedAssertion
from notices import mail, outbox, webhooks
from notices.blobs import sweep_blobs
from notices.models import Channel, OutboxMessage
from notices.outbox import Outcome
from transparency.store import writing
from transparency.tenancy import system

logger = logging.getLogger(__name__)

LANES = 16
IN_HAND = 32
"""Messages that one task has claimed at a time; twice the lanes, so that none stands idle."""
TURN_SECONDS = 30.0
LOOK_AGAIN_SECONDS = 0.1
RING_LIFE_SECONDS = 60

_SENDERS: dict[str, Callable[[OutboxMessage], Outcome]] = {
    Channel.WEBHOOK: webhooks.post,
    Channel.EMAIL: mail.send,
}


def _send(message: OutboxMessage) -> Outcome:
    """In a lane: the network only, never the database."""
    try:
        return _SENDERS[message.subscription.kind](message)
    except Exception as error:
        logger.exception("Message %s could not be sent", message.id)
        return Outcome(type(error).__name__)


def ring() -> None:
    """Ask some worker to deliver. A ring that waited a minute is of no use: others followed."""
    deliver.apply_async(expires=RING_LIFE_SECONDS, retry=False)


@shared_task(name="notices.tasks.deliver")
def deliver() -> int:
    """Send what is due, until nothing is or the turn is over.

    Returns:
        How many attempts were made.
    """
    attempts = _deliver_for(TURN_SECONDS)
    if outbox.is_due():
        ring()
    return attempts


def _deliver_for(seconds: float) -> int:
    until = time.monotonic() + seconds
    attempts = 0
    flying: dict[Future[Outcome], OutboxMessage] = {}
    with ThreadPoolExecutor(LANES, thread_name_prefix="deliver") as lanes:
        while True:
            room = IN_HAND - len(flying)
            if room and time.monotonic() < until and outbox.is_due():
                for message in outbox.claim(room):
                    flying[lanes.submit(_send, message)] = message
            if not flying:
                return attempts
            # A slow receiver must not keep others waiting, so new work is looked for meanwhile.
            landed, _ = wait(flying, LOOK_AGAIN_SECONDS, return_when=FIRST_COMPLETED)
            if landed:
                outbox.settle([(flying.pop(each), each.result()) for each in landed])
                attempts += len(landed)


@shared_task(name="notices.tasks.sweep")
def sweep() -> None:
    """What the doorbell missed, and what has had its time."""
    if outbox.is_due():
        ring()
    outbox.remove_old()
    with writing(), system():
        sweep_blobs()
    with writing():
        UsedAssertion.objects.filter(expires__lt=timezone.now()).delete()
