from django.db import migrations

from transparency.tenancy import row_level_security

_SCOPE = "current_setting('eads.agency', true)"
_OWN = f"agency = {_SCOPE}"
_ISSUED = f"issuer = {_SCOPE}"
_DELIVERED = (
    "EXISTS (SELECT 1 FROM notices_mailboxentry e"  # noqa: S608 - constants only
    f" WHERE e.digest = notices_notice.digest AND e.agency = {_SCOPE})"
)
_POLICIES = [
    row_level_security("notices_notice", f"({_ISSUED} OR {_DELIVERED})"),
    row_level_security("notices_mailboxentry", _OWN),
    row_level_security("notices_reviewing", _OWN),
    row_level_security("notices_receiptline", _ISSUED),
    row_level_security("notices_blob", _OWN),
    row_level_security("notices_noticeblob", _ISSUED),
    row_level_security("notices_subscription", _OWN),
    row_level_security("notices_outboxmessage", _OWN),
]

# Ciphertext does not compress; PostgreSQL would try, row by row.
_UNCOMPRESSED = [
    ("notices_notice", "body"),
    ("notices_notice", "wraps"),
    ("notices_notice", "manifest"),
    ("notices_notice", "signatures"),
    ("notices_mailboxentry", "wrap"),
]


def fence(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for forward, _ in _POLICIES:
            schema_editor.execute(forward)
        for table, column in _UNCOMPRESSED:
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")


def unfence(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, column in _UNCOMPRESSED:
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTENDED")
        for _, backward in _POLICIES:
            schema_editor.execute(backward)


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [migrations.RunPython(fence, unfence)]
