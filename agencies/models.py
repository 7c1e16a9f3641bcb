from __future__ import annotations

from django.db import models

from transparency.tenancy import TenantManager


class Agency(models.Model):
    """A tenant: a member of the region, as this hub serves it.

    What the region and the agency's own keyring say is copied here when it enters the log;
    ``suspended`` and the limits are the Secretariat's.
    """

    id = models.CharField(primary_key=True, max_length=20)
    country = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    active = models.BooleanField(default=True, help_text="As the region document says.")
    suspended = models.BooleanField(
        default=False, help_text="Refuse every request of this agency until this is taken back."
    )
    notices_per_day = models.PositiveIntegerField(default=100_000)
    blob_bytes_per_day = models.BigIntegerField(default=50 * 2**30)
    keyring_version = models.PositiveIntegerField(default=0)
    keyring_digest = models.CharField(max_length=64, blank=True)
    mailbox_head = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "agencies"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.id


class UsedAssertion(models.Model):
    """A token assertion that was used; kept until it would have run out."""

    jti = models.CharField(primary_key=True, max_length=32)
    expires = models.DateTimeField(db_index=True)


class Grant(models.Model):
    """An epoch's seed, sealed by the agency to one of its officers: opaque here."""

    agency = models.CharField(max_length=20)
    kid = models.CharField(max_length=32)
    officer_kid = models.CharField(max_length=32)
    grant = models.BinaryField()

    objects = TenantManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kid", "officer_kid"], name="grant_once_an_officer"
            ),
        ]
