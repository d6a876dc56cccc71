"""A registry of before users: its roster goes on, line by line."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database

from sync.hub.migrations import APPLICATION_ID, MIGRATIONS
from sync.hub.store import operators
from sync.hub.store.database import Store
from sync.hub.store.operators import Source
from sync.model.rosters import Right
from tests.unit.hub.console.town import certificate, thumbprint
from tests.unit.hub.counters import CardOfOne
from tests.unit.wire.test_operator_signature import EC


def test_operators_of_a_csv_file_are_taken_over(tmp_path: Path) -> None:
    path, card = tmp_path / "registry.db", CardOfOne(EC)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    MIGRATIONS.apply(Database(connection), stop_before="m0008_users")
    made = certificate(EC, 1)
    for since, ended, name in ((1000, 2000, "Ada Prova"), (2000, None, "Ada Prova Nuova")):
        connection.execute(
            "INSERT INTO operator (thumbprint, since, ended_at, name, office, rights, comuni,"
            " until, certificate) VALUES (?, ?, ?, ?, 'ASL', '[\"register\"]', '[]', '2030-01-01',"
            " ?)",
            (thumbprint(made), since, ended, name, made),
        )
    connection.close()
    store = Store.open(path)
    (known,) = operators.in_force(store)
    assert (known.entry.name, known.source, known.user) == ("Ada Prova Nuova", Source.CSV, None)
    assert known.entry.rights == {Right.REGISTER}
    assert known.entry.comune == ""
    before = operators.at(store, thumbprint(made), 1500)
    assert before is not None
    assert before.entry.name == "Ada Prova"
    assert before.key().thumbprint == thumbprint(made)
    assert operators.lines_at(store, card.thumbprint, 1500) == []
    assert not operators.is_due(store)
    store.close()
