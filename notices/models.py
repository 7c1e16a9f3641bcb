from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q

from transparency.store import uuid7
from transparency.tenancy import SYSTEM, TenantManager, current_scope


class State(models.TextChoices):
    PENDING = "pending", "waits for signatures"
    ACCEPTED = "accepted", "waits for the log"
    LOGGED = "logged", "in the log"
    ERASED = "erased", "content erased"
    REFUSED = "refused", "refused before the log"


class NoticeManager(TenantManager):
    """Notices that an agency issued or has in its mailbox."""

    def get_queryset(self) -> models.QuerySet[Notice]:
        scope = current_scope()
        queryset = models.Manager.get_queryset(self)
        if scope == SYSTEM:
            return queryset
        delivered = MailboxEntry._base_manager.filter(digest=OuterRef("digest"), agency=scope)
        return queryset.filter(Q(issuer=scope) | Exists(delivered))


class Notice(models.Model):
    """One revision of a notice: what was signed, and what is sealed."""

    digest = models.CharField(primary_key=True, max_length=64)
    issuer = models.CharField(max_length=20)
    notice_id = models.UUIDField()
    rev = models.PositiveIntegerField()
    type = models.CharField(max_length=24)
    act = models.CharField(max_length=8)
    priority = models.CharField(max_length=12)
    area = models.CharField(max_length=32, blank=True)
    expires = models.DateTimeField()
    received = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices)
    reason = models.CharField(max_length=32, blank=True)
    index = models.BigIntegerField(null=True)
    manifest = models.BinaryField()
    signatures = models.BinaryField(help_text="JSON, as verified.")
    route = models.BinaryField(help_text="JSON: who is behind each blind tag.")
    body = models.BinaryField(default=b"")
    wraps = models.BinaryField(default=b"", help_text="Only until it is in the mailboxes.")
    # The issuer's and those of as many reviewing agencies as a quorum may name: 9 x 65.
    verified_with = models.CharField(
        max_length=640, help_text="Digests of the keyrings that the signatures were judged by."
    )

    objects = NoticeManager("issuer")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "notice_id", "rev"],
                condition=~Q(state="refused"),
                name="notice_one_body_a_revision",
            )
        ]
        indexes = [
            models.Index(fields=["issuer", "received"], name="notice_by_issuer"),
            models.Index(fields=["expires"], condition=Q(state="logged"), name="notice_expiring"),
            models.Index(fields=["issuer"], condition=Q(state="pending"), name="notice_pending"),
        ]


class Reviewing(models.Model):
    """A pending notice that waits for an officer of this agency."""

    agency = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)

    objects = TenantManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "digest"], name="reviewing_once")]


class EntryKind(models.TextChoices):
    NOTICE = "notice", "a revision"
    ERASED = "erased", "content is gone"


class MailboxEntry(models.Model):
    """One place in an agency's mailbox; positions begin at 1 and have no gaps."""

    pk = models.CompositePrimaryKey("agency", "position")
    agency = models.CharField(max_length=20)
    position = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=EntryKind.choices)
    reason = models.CharField(max_length=16, blank=True)
    wrap_name = models.CharField(max_length=64, blank=True)
    wrap = models.BinaryField(default=b"")
    size = models.PositiveIntegerField(default=0, help_text="Bytes in a mailbox page, about.")

    objects = TenantManager()

    class Meta:
        indexes = [models.Index(fields=["digest", "agency"], name="mailbox_by_digest")]


class Receipt(models.Model):
    """A signed receipt, as received."""

    digest = models.CharField(primary_key=True, max_length=64)
    agency = models.CharField(max_length=20)
    document = models.BinaryField()
    index = models.BigIntegerField(null=True)


class ReceiptLine(models.Model):
    """What a receipt says of one revision; belongs to the notice's issuer."""

    issuer = models.CharField(max_length=20)
    notice = models.CharField(max_length=64)
    agency = models.CharField(max_length=20)
    kind = models.CharField(max_length=9)
    at = models.DateTimeField()
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT)

    objects = TenantManager("issuer")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "agency", "kind", "receipt"], name="receipt_line_once"
            )
        ]
        indexes = [models.Index(fields=["issuer", "notice"], name="receipt_line_by_issuer")]


class Blob(models.Model):
    """A sealed file, whole or on its way up."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    agency = models.CharField(max_length=20)
    size = models.BigIntegerField()
    complete = models.BooleanField(default=False)
    created = models.DateTimeField(db_index=True)

    objects = TenantManager()


class NoticeBlob(models.Model):
    """That a revision names a sealed file; belongs to its issuer."""

    issuer = models.CharField(max_length=20)
    notice = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64, db_index=True)

    objects = TenantManager("issuer")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["notice", "sha256"], name="notice_blob_once")
        ]


class Channel(models.TextChoices):
    WEBHOOK = "webhook", "webhook"
    EMAIL = "email", "e-mail"


class Subscription(models.Model):
    """Where an agency wants to hear that there is mail."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.CharField(max_length=20, db_index=True)
    kind = models.CharField(max_length=8, choices=Channel.choices)
    target = models.CharField(max_length=500)
    secret = models.CharField(max_length=80, blank=True)
    enabled = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    last_success = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(
        null=True, blank=True, help_text="When what is owed from now on may be tried."
    )
    # A row that the sequencer may be writing messages for is taken back, and deleted later.
    removed = models.DateTimeField(null=True, blank=True)

    objects = TenantManager()

    def __str__(self) -> str:
        return f"{self.agency} {self.kind}"


class OutboxMessage(models.Model):
    """A notification that is owed: the truth that the task queue only rings for.

    Its id is the ``webhook-id`` of every attempt, so a receiver knows a repeat.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.CharField(max_length=20)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    created = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField()
    lease = models.CharField(max_length=32, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    done = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=80, blank=True)

    objects = TenantManager()

    class Meta:
        indexes = [
            models.Index(fields=["due"], condition=Q(done__isnull=True), name="outbox_due"),
        ]
