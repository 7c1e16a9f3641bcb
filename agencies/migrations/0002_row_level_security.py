from django.db import migrations

from transparency.tenancy import row_level_security

_SCOPE = "current_setting('eads.agency', true)"
_POLICIES = [row_level_security("agencies_grant", f"agency = {_SCOPE}")]


def fence(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for forward, _ in _POLICIES:
            schema_editor.execute(forward)


def unfence(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for _, backward in _POLICIES:
            schema_editor.execute(backward)


class Migration(migrations.Migration):
    dependencies = [("agencies", "0001_initial")]
    operations = [migrations.RunPython(fence, unfence)]
