"""Lets tests of the hub keep their registries on a PostgreSQL server instead of in files.

`SPORTELLO_TEST_REGISTRY=postgresql` does so for all of them: whatever opens the registry at a path
gets a schema of its own instead. What a test asks of the file itself has no answer there.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from sync.hub.settings import HubSettings
from sync.hub.store import opening, postgresql
from sync.hub.store.connecting import Address
from sync.hub.store.postgresql import PostgresStore, is_made
from sync.hub.store.sqlite import SqliteStore
from tests.emulated.postgres import PrivatePostgres

VARIABLE = "SPORTELLO_TEST_REGISTRY"
MEMORY = Path("/dev/shm")


def on_postgresql() -> bool:
    """Whether the tests run with their registries on a server."""
    return os.environ.get(VARIABLE) == "postgresql"


@contextmanager
def instead_of_files(server: PrivatePostgres) -> Iterator[None]:
    """Registries are kept in schemas of the server, one for each path."""

    def schema(path: Path) -> str:
        return f"path_{zlib.crc32(str(path.absolute()).encode()):08x}"

    def open_store(path: Path) -> PostgresStore:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema(path)}".encode())
        return PostgresStore.at(Address(server.url(schema=schema(path))))

    def open_reader(path: Path) -> PostgresStore:
        return PostgresStore.reader_at(Address(server.url(schema=schema(path))))

    def is_there(settings: HubSettings) -> bool:
        return is_made(Address(server.url(schema=schema(settings.registry_path))))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "is_there", is_there)
        patch.setattr(postgresql, "SCRUB_REST_SECONDS", 0.0)
        patch.setattr(SqliteStore, "open", staticmethod(open_store))
        patch.setattr(SqliteStore, "open_reader", staticmethod(open_reader))
        yield
