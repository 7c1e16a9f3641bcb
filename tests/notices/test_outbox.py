from __future__ import annotations

import logging
import smtplib
import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from celery.contrib.testing.worker import start_worker
from django.core import mail as django_mail
from django.utils import timezone

from agencies.models import UsedAssertion
from eads.celery import app
from notices import doorbell, mail, outbox, tasks
from notices.models import OutboxMessage, Subscription
from notices.outbox import BACKOFF, EMAIL_PAUSE, GIVE_UP_AFTER, PROBE, Outcome
from tests.notices.receiver import (
    change,
    listening,
    messages,
    owe,
    own_connections,
    reread,
    subscribe,
)
from transparency.tenancy import NoScopeError, system

TARGET = "https://desk.example/e-ads"
DELIVERED = Outcome("HTTP 204", delivered=True)
FAILED = Outcome("HTTP 503")


def ago(**length: float):
    return timezone.now() - timedelta(**length)


@pytest.mark.django_db
class TestOwing:
    def test_each_enabled_subscription_of_an_agency_is_owed_one_message(self):
        first, second = subscribe(TARGET), subscribe("https://other.example/")
        subscribe(TARGET, enabled=False)
        subscribe(TARGET, agency="SG-SPF")
        owe(41, 42)
        rows = messages()
        assert {row.subscription_id for row in rows} == {first.id, second.id}
        assert {(row.agency, row.first, row.last) for row in rows} == {("TH-RTP", 41, 42)}

    def test_owing_outside_a_scope_is_refused(self):
        with pytest.raises(NoScopeError):
            outbox.owe({"TH-RTP": (1, 1)})

    def test_nobody_subscribed_is_nothing_owed(self):
        owe(1, 1)
        assert messages() == []
        assert not outbox.is_due()


@pytest.mark.django_db
class TestClaiming:
    def test_a_claimed_message_is_nobody_elses_while_the_lease_holds(self):
        subscribe(TARGET)
        owe(1, 1)
        assert len(outbox.claim(10)) == 1
        assert outbox.claim(10) == []
        assert not outbox.is_due()

    def test_after_the_lease_the_same_message_is_claimed_again(self):
        subscribe(TARGET)
        owe(1, 1)
        (before,) = outbox.claim(10)
        change(before, leased_until=ago(seconds=1))
        (again,) = outbox.claim(10)
        assert again.id == before.id
        assert again.attempts == 2
        assert again.lease != before.lease

    def test_untried_messages_to_one_target_become_one(self):
        subscribe(TARGET)
        for position in (1, 2, 3):
            owe(position, position)
        (one,) = outbox.claim(10)
        assert (one.first, one.last) == (1, 3)
        told = [row for row in messages() if row.done]
        assert [row.outcome for row in told] == [f"told in {one.id}"] * 2

    def test_messages_beyond_the_limit_are_told_in_the_same_one(self):
        subscribe(TARGET)
        for position in range(1, 8):
            owe(position, position)
        (one,) = outbox.claim(1)
        assert (one.first, one.last) == (1, 7)
        assert not outbox.is_due()

    def test_messages_to_two_targets_stay_two(self):
        subscribe(TARGET)
        subscribe("https://other.example/")
        owe(1, 1)
        assert len(outbox.claim(10)) == 2

    def test_a_message_that_was_tried_never_comes_to_mean_something_else(self):
        subscribe(TARGET)
        owe(1, 1)
        (tried,) = outbox.claim(10)
        change(tried, leased_until=ago(seconds=1))
        owe(2, 2)
        owe(3, 3)
        claimed = sorted(outbox.claim(10), key=lambda row: row.first)
        assert [(row.first, row.last) for row in claimed] == [(1, 1), (2, 3)]
        assert claimed[0].id == tried.id

    def test_the_limit_holds(self):
        for number in range(5):
            subscribe(f"https://desk.example/{number}")
        owe(1, 1)
        assert len(outbox.claim(3)) == 3
        assert len(outbox.claim(3)) == 2

    def test_what_was_written_while_its_target_was_disabled_is_given_up(self):
        subscription = subscribe(TARGET)
        owe(1, 1)
        with system():
            Subscription.objects.filter(id=subscription.id).update(enabled=False)
        assert outbox.claim(10) == []
        assert messages()[0].outcome == "given up: disabled"


@pytest.mark.django_db
class TestSettling:
    def test_a_delivered_message_is_done(self):
        subscription = subscribe(TARGET)
        owe(1, 1)
        (message,) = outbox.claim(10)
        outbox.settle([(message, DELIVERED)])
        (row,) = messages()
        assert row.done
        assert row.outcome == "HTTP 204"
        assert reread(subscription).last_success

    @pytest.mark.parametrize("attempt", range(1, 12))
    def test_pauses_grow_with_every_failure(self, attempt):
        subscription = subscribe(TARGET)
        owe(1, 1)
        change(messages()[0], attempts=attempt - 1)
        (message,) = outbox.claim(10)
        before = timezone.now()
        outbox.settle([(message, FAILED)])
        (row,) = messages()
        pause = BACKOFF[min(attempt, 9) - 1]
        assert before + pause <= row.due <= timezone.now() + pause
        assert row.done is None
        assert row.outcome == "HTTP 503"
        assert reread(subscription).failing_since >= before

    def test_others_wait_while_one_message_tries_a_failing_target(self):
        subscribe(TARGET)
        owe(1, 1)
        (probe,) = outbox.claim(10)
        owe(2, 2)
        outbox.settle([(probe, FAILED)])
        owe(3, 3)
        rows = {row.first: row for row in messages()}
        assert rows[2].due == rows[1].due + PROBE
        assert rows[3].due == rows[1].due + PROBE

    def test_a_success_lets_the_others_go_at_once(self):
        subscription = subscribe(TARGET)
        owe(1, 1)
        (probe,) = outbox.claim(10)
        owe(2, 2)
        outbox.settle([(probe, FAILED)])
        change(probe, due=ago(seconds=1))
        (probe,) = outbox.claim(10)
        outbox.settle([(probe, DELIVERED)])
        (freed,) = outbox.claim(10)
        assert freed.first == 2
        row = reread(subscription)
        assert row.failing_since is None
        assert row.not_before is None

    def test_a_week_of_failure_disables_and_gives_up_visibly(self):
        subscription = subscribe(TARGET, failing_since=ago(days=7, seconds=1))
        owe(1, 1)
        (message,) = outbox.claim(10)
        owe(2, 2)
        outbox.settle([(message, FAILED)])
        assert not reread(subscription).enabled
        assert [row.outcome for row in messages()] == ["given up: HTTP 503"] * 2
        assert all(row.done for row in messages())

    def test_the_last_attempt_is_not_later_than_the_week(self):
        since = ago(days=6, hours=23)
        subscribe(TARGET, failing_since=since)
        owe(1, 1)
        change(messages()[0], attempts=20)
        (message,) = outbox.claim(10)
        outbox.settle([(message, FAILED)])
        assert messages()[0].due == since + GIVE_UP_AFTER

    def test_gone_disables_at_once(self):
        subscription = subscribe(TARGET)
        owe(1, 1)
        (message,) = outbox.claim(10)
        outbox.settle([(message, Outcome("HTTP 410", gone=True))])
        assert not reread(subscription).enabled
        assert messages()[0].outcome == "given up: HTTP 410"

    def test_a_failure_told_after_the_lease_was_lost_changes_nothing(self):
        subscribe(TARGET)
        owe(1, 1)
        (slow,) = outbox.claim(10)
        change(slow, leased_until=ago(seconds=1))
        (taken,) = outbox.claim(10)
        outbox.settle([(slow, FAILED)])
        (row,) = messages()
        assert row.lease == taken.lease
        assert outbox.claim(10) == []

    def test_a_success_told_after_the_lease_was_lost_still_counts(self):
        subscribe(TARGET)
        owe(1, 1)
        (slow,) = outbox.claim(10)
        change(slow, leased_until=ago(seconds=1))
        (taken,) = outbox.claim(10)
        outbox.settle([(slow, DELIVERED)])
        outbox.settle([(taken, FAILED)])
        assert messages()[0].outcome == "HTTP 204"


@pytest.mark.django_db
class TestSweeping:
    def test_only_what_was_settled_long_ago_is_removed(self):
        subscribe(TARGET)
        subscribe("https://second.example/")
        subscribe("https://third.example/")
        owe(1, 1)
        old_done, old_open, new_done = messages()
        long_ago = int(ago(days=31).timestamp() * 1000) << 80
        for number, row in enumerate((old_done, old_open)):
            with system():
                OutboxMessage.objects.filter(id=row.id).update(id=UUID(int=long_ago + number))
        change(new_done, done=timezone.now())
        with system():
            OutboxMessage.objects.filter(id=UUID(int=long_ago)).update(done=timezone.now())
        assert outbox.remove_old() == 1
        assert {row.id for row in messages()} == {UUID(int=long_ago + 1), new_done.id}

    def test_a_subscription_taken_back_long_ago_is_removed(self):
        subscribe(TARGET, enabled=False, removed=ago(days=31))
        kept = subscribe(TARGET, enabled=False, removed=ago(days=1))
        outbox.remove_old()
        with system():
            assert [row.id for row in Subscription.objects.all()] == [kept.id]

    def test_assertions_that_ran_out_are_forgotten(self):
        UsedAssertion.objects.create(jti="old", expires=ago(seconds=1))
        UsedAssertion.objects.create(jti="new", expires=timezone.now() + timedelta(minutes=1))
        tasks.sweep()
        assert [row.jti for row in UsedAssertion.objects.all()] == ["new"]


@pytest.mark.django_db
class TestMail:
    @pytest.fixture(autouse=True)
    def _hub(self, settings):
        settings.EADS_ORIGIN = "hub.example:8443/region"

    def test_a_letter_names_mailbox_position_and_hub_and_nothing_else(self):
        subscribe("desk@rtp.example", kind="email")
        owe(1, 1)
        owe(2, 7)
        (message,) = outbox.claim(10)
        letter = mail.letter(message)
        assert letter.body == (
            "There is new mail in the mailbox of TH-RTP up to position 7"
            " at hub hub.example:8443/region.\n"
        )
        assert letter.to == ["desk@rtp.example"]
        assert letter.message()["Message-ID"] == f"<{message.id}@hub.example>"

    def test_it_is_handed_to_the_mail_host(self):
        subscribe("desk@rtp.example", kind="email")
        owe(1, 1)
        (message,) = outbox.claim(10)
        assert mail.send(message).delivered
        assert len(django_mail.outbox) == 1

    def test_a_mail_host_that_refuses_is_a_failure(self, monkeypatch):
        subscribe("desk@rtp.example", kind="email")
        owe(1, 1)
        (message,) = outbox.claim(10)

        def refuse(self):
            raise smtplib.SMTPRecipientsRefused({"desk@rtp.example": (550, b"no")})

        monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
        assert mail.send(message) == Outcome("SMTPRecipientsRefused")

    def test_what_comes_soon_after_an_e_mail_is_told_in_the_next(self):
        subscribe("desk@rtp.example", kind="email")
        owe(1, 1)
        (message,) = outbox.claim(10)
        before = timezone.now()
        outbox.settle([(message, DELIVERED)])
        owe(2, 2)
        owe(3, 3)
        assert outbox.claim(10) == []
        waiting = [row for row in messages() if not row.done]
        assert all(row.due >= before + EMAIL_PAUSE for row in waiting)


class TestDoorbell:
    def test_ringing_does_not_wait_for_a_broker_that_hangs(self):
        release, entered = threading.Event(), threading.Event()

        def hang() -> None:
            entered.set()
            release.wait(30)

        bell = doorbell.Doorbell(hang)
        bell.ring()
        assert entered.wait(10)
        ringing = threading.Thread(target=bell.ring)
        ringing.start()
        ringing.join(10)
        assert not ringing.is_alive()
        release.set()

    def test_many_rings_while_one_is_passed_on_are_one(self):
        calls: list[int] = []
        release, entered = threading.Event(), threading.Event()

        def slow() -> None:
            calls.append(1)
            entered.set()
            release.wait(30)

        bell = doorbell.Doorbell(slow)
        bell.ring()
        assert entered.wait(10)
        for _ in range(100):
            bell.ring()
        release.set()
        deadline = time.monotonic() + 10
        while len(calls) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(4 * doorbell.PAUSE_SECONDS)
        assert len(calls) == 2

    def test_a_dead_broker_is_complained_of_once(self, caplog, monkeypatch):
        monkeypatch.setattr(doorbell, "PAUSE_SECONDS", 0.001)
        calls: list[int] = []

        def dead() -> None:
            calls.append(1)
            raise ConnectionRefusedError

        bell = doorbell.Doorbell(dead)
        with caplog.at_level(logging.WARNING, logger="notices.doorbell"):
            deadline = time.monotonic() + 10
            while len(calls) < 5 and time.monotonic() < deadline:
                bell.ring()
                time.sleep(0.01)
        assert len(calls) >= 5
        assert len(caplog.records) == 1


@pytest.mark.django_db(transaction=True)
class TestWorker:
    """A real worker on the embedded hub's broker."""

    @pytest.fixture(autouse=True)
    def _worker(self, settings):
        settings.EADS_WEBHOOK_ALLOW_PRIVATE = settings.EADS_WEBHOOK_ALLOW_HTTP = True
        assert not app.conf.task_always_eager
        assert app.connection_for_write().transport_cls == "memory"
        with (
            own_connections(),
            start_worker(app, pool="threads", concurrency=2, perform_ping_check=False),
        ):
            yield
        app.control.purge()

    def test_the_doorbell_makes_a_worker_deliver(self):
        with listening() as receiver:
            subscribe(receiver.url)
            owe(1, 2)
            doorbell.ring()
            (request,) = receiver.wait_for(1)
            self._until_settled()
        (row,) = messages()
        assert request.id == str(row.id)
        assert row.outcome == "HTTP 204"

    def test_the_sweep_finds_what_nobody_rang_for(self):
        with listening() as receiver:
            subscribe(receiver.url)
            owe(1, 2)
            tasks.sweep.delay()
            receiver.wait_for(1)
            self._until_settled()

    def test_one_slow_receiver_does_not_hold_up_another(self):
        with listening() as slow, listening() as quick:
            release = threading.Event()

            def answer(handler) -> None:
                release.wait(30)
                handler.send_response(204)
                handler.end_headers()

            slow.answer = answer
            subscribe(slow.url)
            owe(1, 1)
            doorbell.ring()
            slow.wait_for(1)
            subscribe(quick.url, agency="SG-SPF")
            owe(1, 1, agency="SG-SPF")
            quick.wait_for(1)
            release.set()
            self._until_settled()

    @staticmethod
    def _until_settled() -> None:
        deadline = time.monotonic() + 30
        while any(row.done is None for row in messages()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
