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

ABOUT_FILES = frozenset(
    {
        # Modules that bring files of before up to date, or copy the file.
        *("test_upgrade.py", "test_backup.py", "test_store.py"),
        *("test_document_trust.py", "test_trust_revocation.py", "test_trust_succession.py"),
        # Tests that search the file for bytes, look into it with SQLite, or start another program.
        "test_a_body_goes_after_the_acknowledgement_and_the_signature_stays",
        "test_a_change_behind_the_registers_back_is_found",
        "test_a_code_of_a_station_is_refused",
        "test_a_kill_between_shedding_and_scrubbing_is_made_good",
        "test_a_page_that_was_rewritten_with_fresh_hashes_is_found",
        "test_a_reader_delays_the_scrubbing_and_nothing_else",
        "test_a_registry_of_the_version_before_goes_on",
        "test_a_registry_put_back_to_a_copy_is_another_one_however_long_it_grew",
        "test_a_trail_that_was_changed_in_the_database_is_found",
        "test_bodies_that_an_older_hub_took_in_are_noted_when_it_is_brought_up_to_date",
        "test_deleted_user_is_in_no_byte_of_the_registry",
        "test_duplicates_are_looked_for_by_index",
        "test_full_disk_sends_nothing_twice",
        "test_hub_that_was_not_made_says_what_to_do",
        "test_no_template_is_in_the_registrys_tables",
        "test_nothing_is_acknowledged_when_the_disk_is_full",
        "test_nothing_of_codes_is_kept_in_clear",
        "test_nothing_of_the_person_is_in_any_file",
        "test_registry_of_before_is_bounded_by_its_last_bookings",
        "test_registry_of_nobody_is_an_empty_table",
        "test_registry_that_cannot_be_written_is_an_apology_and_loses_nothing",
        "test_the_registry_itself_changes_nothing_else_while_it_sheds",
        "test_the_registry_keeps_the_trail_and_nobody_reads_whom_it_is_about",
    }
)
"""What is about files alone, by module or test; left out where registries are on a server."""


def on_postgresql() -> bool:
    """Whether the tests run with their registries on a server."""
    return os.environ.get(VARIABLE) == "postgresql"


def is_about_files(item: pytest.Item) -> bool:
    """Whether a test has no sense on a server."""
    return item.path.name in ABOUT_FILES or item.name.partition("[")[0] in ABOUT_FILES


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
