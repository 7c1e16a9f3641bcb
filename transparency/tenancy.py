"""Tenant scopes: whose rows may be touched.

Two fences. Querysets of tenant models refuse to run outside a scope; and on PostgreSQL the scope is
told to the database, whose row level security holds even where a query forgot its filter. The
setting is local to the transaction, because session settings leak through connection poolers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db import connection, models, transaction

SYSTEM: Final = "*"
_scope: ContextVar[str | None] = ContextVar("eads_scope", default=None)


class NoScopeError(RuntimeError):
    """A tenant's rows were asked for outside ``tenant()`` or ``system()``."""


def current_scope() -> str:
    """The agency whose rows are in reach, or ``*``. Raises NoScopeError."""
    scope = _scope.get()
    if scope is None:
        raise NoScopeError("Open tenant(agency) or system() before touching tenant rows.")
    return scope


def _tell_database(scope: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('eads.agency', %s, true)", [scope or ""])


@contextmanager
def _scoped(scope: str) -> Iterator[None]:
    outer = _scope.get()
    token = _scope.set(scope)
    try:
        if connection.vendor == "postgresql":
            with transaction.atomic(savepoint=False):
                _tell_database(scope)
                yield
                # Only inside an outer scope's transaction does the setting outlive this block.
                if outer is not None and outer != scope:
                    _tell_database(outer)
        else:
            yield
    finally:
        _scope.reset(token)


def tenant(agency: str) -> Any:
    """Scope of one agency. On PostgreSQL it opens a transaction."""
    return _scoped(agency)


def system() -> Any:
    """Scope of the hub itself: sequencer, tasks and the Secretariat's figures."""
    return _scoped(SYSTEM)


class TenantManager(models.Manager[Any]):
    """Rows of the agency in scope, found by the field ``owner``."""

    def __init__(self, owner: str = "agency") -> None:
        super().__init__()
        self.owner = owner

    def get_queryset(self) -> models.QuerySet[Any]:
        scope = current_scope()
        queryset = super().get_queryset()
        return queryset if scope == SYSTEM else queryset.filter(**{self.owner: scope})


def row_level_security(table: str, condition: str) -> tuple[str, str]:
    """SQL to put a table behind row level security, and to take it away.

    Args:
        table: name of the table.
        condition: SQL that holds for a row of the agency ``current_setting('eads.agency', true)``.
    """
    scope = "current_setting('eads.agency', true)"
    forward = (
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
        f"CREATE POLICY eads_tenant ON {table} USING ({scope} = '{SYSTEM}' OR {condition});"
    )
    backward = (
        f"DROP POLICY eads_tenant ON {table};"
        f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    )
    return forward, backward
