"""What every test may ask for: the run's Redis, and the administrator of its PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.db import connections


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if "EADS_DATABASE_URL" in os.environ:
        return
    skip = pytest.mark.skip(reason="needs PostgreSQL: ./run test")
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(skip)


@pytest.fixture
def redis_url() -> str:
    """A Redis that the test may fill, flush and lose."""
    url = os.environ.get("EADS_TEST_REDIS_URL")
    if url is None:
        pytest.skip("needs Redis: ./run test")
    return url


@pytest.fixture
def admin_connection(db: None) -> Iterator[Any]:
    """The test database as the administrator sees it: past every fence."""
    parts = urlsplit(os.environ["EADS_TEST_DATABASE_URL"])
    own: Any = connections["default"]
    wrapper = type(own)(
        own.settings_dict
        | {"USER": unquote(parts.username or ""), "PASSWORD": unquote(parts.password or "")},
        alias="administrator",
    )
    yield wrapper
    wrapper.close()


@pytest.fixture
def stage(db: None, settings: Any) -> Any:
    """A hub with sender, recipient, outsider and reviewing office enrolled."""
    from tests.cast import OUTSIDER, RECIPIENT, REVIEWING, SENDER, force
    from tests.stage import Stage

    # Nobody sequences in the background: a POST need not wait for it.
    settings.EADS_LOG_WAIT_SECONDS = 0.0
    made = Stage({agency: force(agency) for agency in (SENDER, RECIPIENT, OUTSIDER, REVIEWING)})
    made.enrol()
    return made


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The thread that watches the log closes its connection before the database is dropped."""
    yield
    from transparency.log_watch import IDLE_SECONDS

    time.sleep(IDLE_SECONDS * 2)
    with django_db_blocker.unblock():
        _end_sessions()


def _end_sessions() -> None:
    """A thread of the hub that outlives its test must not keep the database from being dropped."""
    own: Any = connections["default"]
    if own.vendor != "postgresql":
        return
    statement = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = current_user"
        " AND pid <> pg_backend_pid()"
    )
    wrapper = type(own)(own.settings_dict, alias="ending")
    with wrapper.cursor() as cursor:
        cursor.execute(statement)
    wrapper.close()
