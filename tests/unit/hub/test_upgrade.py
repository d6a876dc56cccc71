"""A registry of a hub from before there were counters, brought up to date."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Final

import pytest
from sqlite_utils import Database

from sync.hub import confirmation
from sync.hub.confirmation import LinkState, token_hash
from sync.hub.migrations import APPLICATION_ID, MIGRATIONS, STEPS
from sync.hub.store import feed, letters, people, registrations
from sync.hub.store.database import Store
from sync.hub.store.letters import LetterKind
from sync.model import preregistration
from sync.model.preregistration import Preregistration
from sync.model.registration_parts import registration_of
from tests.unit.hub.stations import NOON, codice_fiscale
from tests.unit.hub.stations import preregistration as entered_by

FIRST, SECOND, THIRD, OTHER = "AAA111AAA", "BBB222BBB", "CCC333CCC", "DDD444DDD"
TOKEN: Final = "a" * 26


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A registry of the fourth step: one person came three times, another is confirmed."""
    made = tmp_path / "registry.db"
    database = Database(made)
    database.execute(f"PRAGMA application_id={APPLICATION_ID}")
    MIGRATIONS.apply(database, stop_before=STEPS[4])
    with database.conn:
        database.execute(
            "INSERT INTO station (name, code, spki, enrolled_at, head_hash, head_seq)"
            " VALUES ('kiosk-0001', 17, x'01', 0, zeroblob(32), 4)"
        )
        for seq in range(1, 5):
            database.execute(
                "INSERT INTO entry (station, seq, hash, received_at) VALUES"
                " ('kiosk-0001', ?, ?, ?)",
                (seq, bytes([seq]) * 32, NOON + seq),
            )
        for seq, number, person, confirmed, newer in (
            (1, FIRST, 1, None, SECOND),
            (2, SECOND, 1, None, THIRD),
            (3, THIRD, 1, None, None),
            (4, OTHER, 2, NOON + 9, None),
        ):
            _enter(database, seq, number, entered_by(person), confirmed, newer)
        for kind, number, sent, token in (
            ("confirm-address", FIRST, NOON, None),
            ("confirm-address", THIRD, None, token_hash(TOKEN)),
            ("address-confirmed", OTHER, NOON, None),
        ):
            database.execute(
                "INSERT INTO letter (message_id, kind, registration, recipient, language,"
                " queued_at, next_try_at, sent_at, token_hash) VALUES (?, ?, ?, ?, 'it', 0, 0, ?, ?)",
                (f"{number}@hub", kind, number, "persona1@example.org", sent, token),
            )
    database.close()
    return made


def _enter(
    database: Database,
    seq: int,
    number: str,
    entered: Preregistration,
    confirmed: int | None,
    newer: str | None,
) -> None:
    plain = preregistration.to_plain(entered)
    database.execute(
        "INSERT INTO registration (number, codice_fiscale, community, language, surname, name,"
        " email, email_confirmed_at, operation, station, seq, received_at, superseded_by)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'kiosk-0001', ?, ?, ?)",
        (
            number,
            entered.person.codice_fiscale,
            entered.community.value,
            entered.language,
            entered.person.surname,
            entered.person.name,
            entered.contacts.email,
            confirmed,
            json.dumps(["preregistration", 1, plain]),
            seq,
            NOON + seq,
            newer,
        ),
    )


@pytest.mark.rule("R-003-9")
def test_each_person_has_one_registration_and_every_number_finds_it(path: Path) -> None:
    store = Store.open(path)
    held = registrations.registrations(store)
    assert [one.number for one in held] == [THIRD, OTHER]
    assert held[0].registration == registration_of(
        entered_by(1), number=THIRD, registered_at=NOON + 3
    )
    for number in (FIRST, SECOND, THIRD):
        assert registrations.by_number(store, number) == held[0]
    assert registrations.aliases(store, THIRD) == (FIRST, SECOND)
    store.close()


def test_what_was_confirmed_stays_confirmed(path: Path) -> None:
    store = Store.open(path)
    held = registrations.of_person(store, codice_fiscale(2))
    assert held is not None
    assert held.email_confirmed_at == NOON + 9
    assert held.registration.email_confirmed
    assert held.privacy_notice == "2026-1"
    store.close()


def test_letters_and_links_go_on(path: Path) -> None:
    store = Store.open(path)
    (waiting,) = letters.due(store, NOON, 10)
    assert (waiting.kind, waiting.registration, waiting.community) == (
        LetterKind.CONFIRM_ADDRESS,
        THIRD,
        "sistemapiemonte",
    )
    assert confirmation.look(store, TOKEN, NOON).state is LinkState.OPEN
    with store.transaction():
        assert confirmation.use(store, TOKEN, NOON, "x@hub").state is LinkState.OPEN
    store.close()


def test_stations_are_told_of_everybody_and_bodies_are_known(path: Path) -> None:
    store = Store.open(path)
    assert [entry.number for entry in feed.entries(store, 0, 10)] == [THIRD, OTHER]
    assert people.entries(store, codice_fiscale(1)) == [
        ("kiosk-0001", 1),
        ("kiosk-0001", 2),
        ("kiosk-0001", 3),
    ]
    assert store.rows("PRAGMA foreign_key_check") == []
    store.close()


def test_upgrade_that_fails_changes_nothing(path: Path) -> None:
    with sqlite3.connect(path) as broken:
        broken.execute("UPDATE registration SET operation = 'nonsense' WHERE number = ?", (OTHER,))
    broken.close()
    with pytest.raises(ValueError, match=r"."):
        Store.open(path)
    after = sqlite3.connect(path)
    assert after.execute("SELECT count(*) FROM registration").fetchone() == (4,)
    assert after.execute("SELECT count(*) FROM _sqlite_migrations").fetchone() == (4,)
    after.close()
