from __future__ import annotations

from django.db import models
from django.db.models import Q

from transparency.store import uuid7


class Lease(models.Model):
    """Who may write to the log now. Its row is locked inside every batch, so a writer that has
    lost the lease without noticing cannot commit."""

    name = models.CharField(primary_key=True, max_length=32)
    holder = models.CharField(max_length=64)
    until = models.DateTimeField()


class LogHead(models.Model):
    """Size and full-subtree roots of the log, and the newest checkpoint: one row."""

    origin = models.CharField(primary_key=True, max_length=255)
    size = models.BigIntegerField(default=0)
    peaks = models.BinaryField(default=b"")
    checkpoint = models.TextField(default="")


class Leaf(models.Model):
    index = models.BigIntegerField(primary_key=True)
    text = models.CharField(max_length=160, unique=True)


class Submission(models.Model):
    """Something accepted that waits for its place in the log."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=64, unique=True)
    leaf = models.CharField(max_length=160)


class RegionDocument(models.Model):
    version = models.PositiveIntegerField(primary_key=True)
    digest = models.CharField(max_length=64, unique=True)
    document = models.BinaryField()
    index = models.BigIntegerField(null=True)


class KeyringDocument(models.Model):
    """One version of an agency's keyring, as received."""

    digest = models.CharField(primary_key=True, max_length=64)
    agency = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    document = models.BinaryField()
    index = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "version"], name="keyring_agency_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="keyring_version_from_1"),
        ]
