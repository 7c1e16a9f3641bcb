"""Tenants: no query without a scope, and the database itself holds a query to its scope."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from agencies.models import Grant
from notices.models import Blob, MailboxEntry, Notice, Reviewing, Subscription
from tests.cast import OUTSIDER, RECIPIENT, SENDER
from tests.notices.forging import logged
from tests.stage import Stage
from transparency.tenancy import (
    NoScopeError,
    TenantManager,
    current_scope,
    system,
    tenant,
)

TENANT_MODELS = [
    model for model in apps.get_models() if isinstance(model._default_manager, TenantManager)
]
FENCED = sorted(model._meta.db_table for model in TENANT_MODELS)


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model.__name__)
def test_a_tenants_rows_are_out_of_reach_without_a_scope(db: None, model: Any) -> None:
    manager = model._default_manager
    for ask in (manager.all, manager.count, manager.first, manager.exists):
        with pytest.raises(NoScopeError):
            ask()


def test_there_are_tenants() -> None:
    assert {Notice, MailboxEntry, Reviewing, Blob, Grant, Subscription} <= set(TENANT_MODELS)


def test_every_model_that_names_an_agency_is_fenced_or_public() -> None:
    owned = {
        model.__name__
        for app in ("agencies", "notices", "transparency")
        for model in apps.get_app_config(app).get_models()
        if {"agency", "issuer"} & {field.name for field in model._meta.get_fields()}
    }
    # Keyrings are for every member to read; a receipt's document is found through its lines.
    assert owned - {model.__name__ for model in TENANT_MODELS} == {"KeyringDocument", "Receipt"}


def test_a_scope_shows_its_agencys_rows_only(stage: Stage) -> None:
    logged(stage)
    for agency, notices, entries in ((SENDER, 1, 1), (RECIPIENT, 1, 1), (OUTSIDER, 0, 0)):
        with tenant(agency):
            assert Notice.objects.count() == notices
            assert MailboxEntry.objects.count() == entries
    with system():
        assert MailboxEntry.objects.count() == 2


def test_scopes_nest_and_end(db: None) -> None:
    with tenant(SENDER):
        with system():
            assert current_scope() == "*"
            with tenant(RECIPIENT):
                assert current_scope() == RECIPIENT
        assert current_scope() == SENDER
    with pytest.raises(NoScopeError):
        current_scope()


def test_an_error_inside_a_scope_ends_it(db: None) -> None:
    with pytest.raises(ValueError, match="inside"), transaction.atomic(), tenant(SENDER):
        raise ValueError("inside")
    with pytest.raises(NoScopeError):
        current_scope()


# ------------------------------------------------------------------ the database's own fence


def raw(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def rows_in(table: str) -> int:
    return raw(f"SELECT count(*) FROM {table}")  # noqa: S608


@pytest.fixture
def settled(stage: Stage) -> Stage:
    """A hub with a notice from sender to recipient, and no scope left in the session."""
    logged(stage)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('eads.agency', '', true)")
    return stage


@pytest.mark.postgres
def test_every_tenant_table_has_a_forced_policy(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c WHERE relrowsecurity AND relforcerowsecurity"
            " AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) ORDER BY relname"
        )
        assert [row[0] for row in cursor.fetchall()] == FENCED


@pytest.mark.postgres
def test_the_hubs_role_cannot_step_over_the_fence(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.mark.postgres
def test_a_query_that_forgot_its_filter_sees_its_scope_only(settled: Stage) -> None:
    for agency, seen in ((SENDER, 1), (RECIPIENT, 1), (OUTSIDER, 0)):
        with tenant(agency):
            assert rows_in("notices_notice") == seen
            assert rows_in("notices_mailboxentry") == seen
    with system():
        assert rows_in("notices_mailboxentry") == 2


@pytest.mark.postgres
@pytest.mark.parametrize("table", FENCED)
def test_a_query_without_a_scope_sees_nothing(settled: Stage, table: str) -> None:
    assert rows_in(table) == 0


@pytest.mark.postgres
def test_a_row_of_another_agency_can_be_neither_written_nor_changed(settled: Stage) -> None:
    with tenant(OUTSIDER), connection.cursor() as cursor:
        cursor.execute("UPDATE notices_mailboxentry SET reason = 'x'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM notices_notice")
        assert cursor.rowcount == 0
    with pytest.raises(Exception, match="row-level security"), transaction.atomic():  # noqa: SIM117
        with tenant(OUTSIDER):
            Blob.objects.create(sha256="0" * 64, agency=SENDER, size=1, created=timezone.now())


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_scope_does_not_reach_the_next_transaction(stage: Stage) -> None:
    logged(stage)
    with tenant(SENDER):
        assert rows_in("notices_notice") == 1
    assert rows_in("notices_notice") == 0
    with pytest.raises(IntegrityError), tenant(SENDER):
        raise IntegrityError
    assert rows_in("notices_notice") == 0
    with transaction.atomic():
        assert rows_in("notices_notice") == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_after_an_inner_scope_the_outer_one_holds_again(stage: Stage) -> None:
    logged(stage)
    with tenant(OUTSIDER):
        with system():
            assert rows_in("notices_notice") == 1
        assert rows_in("notices_notice") == 0
        with pytest.raises(ValueError, match="undone"), transaction.atomic():  # noqa: SIM117
            with system():
                raise ValueError("undone")
        assert rows_in("notices_notice") == 0
