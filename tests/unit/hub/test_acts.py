"""What has no registration number: entered by its own rules, in the station's order, once."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync.hub import __main__ as program
from sync.hub import listing
from sync.hub.remedies import CALL_ASSISTANCE, CORRECT_AND_REPEAT
from sync.hub.store import acts, chains, registrations
from sync.hub.store.database import Store
from sync.model.dates import PartialDate
from sync.model.identification import (
    DocumentSeen,
    Excuse,
    Finger,
    FingerEntry,
    Hand,
    SeenKind,
    Way,
)
from sync.wire import batch
from sync.wire.receipt import Accepted, Answer, Refused
from tests.unit.hub.stations import (
    Bench,
    Station,
    codice_fiscale,
    identification,
    preregistration,
)
from tests.unit.model.examples import READY


def outcomes(answers: tuple[Answer, ...]) -> list[object]:
    return [answer.outcome for answer in answers]


def test_kinds_are_mixed_in_one_batch_and_keep_their_order(bench: Bench, station: Station) -> None:
    station.record(READY)
    station.record(preregistration(1))
    station.record(identification(1))
    station.record(preregistration(2))
    told = bench.send(station, 1, 4)
    assert outcomes(told.answers) == [Accepted()] * 4
    numbers = [one.number for one in registrations.registrations(bench.store)]
    assert len(numbers) == 2
    (one,) = acts.identifications(bench.store)
    assert (one.station, one.seq, one.codice_fiscale) == ("kiosk-0001", 3, codice_fiscale(1))
    (report,) = acts.reports(bench.store)
    assert (report.seq, report.ready, report.role) == (1, True, "counter")


def test_a_long_journal_of_mixed_kinds_is_decided_after_a_restart(
    bench: Bench, station: Station, registry_path: Path
) -> None:
    for person in range(1, 7):
        station.record(preregistration(person))
        station.record(identification(person))
    told = bench.send(station, 1, 12)
    assert told.answers == ()
    bench.store.close()
    bench.restart(Store.open(registry_path))
    bench.settle(most=7)
    again = bench.send(station, 1, 12)
    assert outcomes(again.answers) == [Accepted()] * 12
    assert len(registrations.registrations(bench.store)) == 6
    assert [one.seq for one in acts.identifications(bench.store)] == list(range(2, 13, 2))
    bench.store.close()


def test_the_same_message_twice_enters_once(bench: Bench, station: Station) -> None:
    station.record(identification(1))
    station.record(READY)
    first = bench.send(station, 1, 2)
    again = bench.send(station, 1, 2)
    assert first.answers == again.answers
    assert len(acts.identifications(bench.store)) == len(acts.reports(bench.store)) == 1


def test_an_operation_id_counts_once_whatever_its_kind(bench: Bench, station: Station) -> None:
    operation_id = uuid.uuid4()
    station.record(identification(1), operation_id=operation_id)
    station.record(READY, operation_id=operation_id)
    station.record(preregistration(1), operation_id=operation_id)
    other = bench.enrolled("kiosk-0002", 18)
    other.record(identification(2), operation_id=operation_id)
    repeated = Refused("operation.repeated", None, CALL_ASSISTANCE)
    assert outcomes(bench.send(station, 1, 3).answers) == [Accepted(), repeated, repeated]
    assert outcomes(bench.send(other, 1, 1).answers) == [repeated]
    assert len(acts.identifications(bench.store)) == 1


@pytest.mark.rule("R-001-2")
def test_what_no_honest_station_sends_is_refused(bench: Bench, station: Station) -> None:
    left, right = identification(1).fingers
    pin = identification(1, way=Way.CARD_PIN, fingers=())
    born = PartialDate(1900, 1, 2)
    card = DocumentSeen(SeenKind.HEALTH_CARD, "unproven", ("genuine", "not-cloned"))
    unknown = replace(card, proven=("not-cloned",))
    refused = {
        "identification.same-finger": identification(
            1, fingers=(left, replace(right, template=left.template))
        ),
        "identification.finger": identification(
            1, fingers=(replace(left, template=b"x", format="raw.jpeg"), right)
        ),
        "identification.headline": identification(
            1, birth_date=born, document=DocumentSeen(SeenKind.PASSPORT, "sound", ())
        ),
        "identification.pin-unproven": replace(pin, document=unknown, birth_date=born),
        "codice-fiscale.not-of-date": replace(pin, document=card),
    }
    for act in refused.values():
        station.record(act)
    answers = outcomes(bench.send(station, 1, 5).answers)
    assert [one.code for one in answers if isinstance(one, Refused)] == list(refused)


def test_a_person_may_be_identified_again(bench: Bench, station: Station) -> None:
    station.record(identification(1))
    station.record(identification(1, way=Way.OPERATOR, fingers=()))
    assert outcomes(bench.send(station, 1, 2).answers) == [Accepted(), Accepted()]
    assert [one.way for one in acts.identifications(bench.store)] == ["fingerprints", "operator"]


@pytest.mark.rule("R-001-2")
def test_every_rule_is_applied_again(bench: Bench, station: Station) -> None:
    one_hand = identification(1).fingers[:1]
    station.record(identification(1, fingers=one_hand))
    station.record(replace(READY, devices=()))
    station.record(identification(2))
    assert outcomes(bench.send(station, 1, 3).answers) == [
        Refused("identification.hands", "R-001-2", CORRECT_AND_REPEAT),
        Refused("readiness.devices", None, CALL_ASSISTANCE),
        Accepted(),
    ]
    assert [one.seq for one in acts.identifications(bench.store)] == [3]
    assert acts.reports(bench.store) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "readiness"}, "operation.malformed"),
        ({"kind": "confession"}, "operation.unknown-kind"),
        ({"kind_version": 2}, "operation.unknown-version"),
    ],
)
def test_what_is_labelled_wrongly_is_refused(
    bench: Bench, station: Station, changes: dict[str, Any], code: str
) -> None:
    station.record(identification(1), **changes)
    station.record(identification(2))
    assert outcomes(bench.send(station, 1, 2).answers) == [
        Refused(code, None, CALL_ASSISTANCE),
        Accepted(),
    ]


def test_an_act_that_was_missing_is_entered_when_it_comes(bench: Bench, station: Station) -> None:
    station.record(preregistration(1))
    hidden = station.record(identification(1))
    station.record(preregistration(2))
    gap = batch.Absent(2, hidden.hash)
    bench.take(station, batch.pack([station.chain[0], gap, station.chain[2]]))
    bench.settle()
    assert acts.identifications(bench.store) == []
    bench.send(station, 1, 3)
    assert [one.seq for one in acts.identifications(bench.store)] == [2]


def test_no_template_is_in_the_registrys_tables(bench: Bench, station: Station) -> None:
    act = identification(1)
    station.record(act)
    bench.send(station, 1, 1)
    (row,) = acts.identifications(bench.store)
    assert json.loads(row.fingers) == [["left", "index", 71, None], ["right", "index", 88, None]]
    tables = [
        name for (name,) in bench.store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
    ]
    cells = [
        cell if isinstance(cell, bytes) else str(cell).encode()
        for table in tables
        for found in bench.store.rows(f"SELECT * FROM {table}")  # noqa: S608 - names of the schema
        for cell in found
    ]
    for entry in act.fingers:
        assert entry.template is not None
        assert not any(entry.template[at : at + 32] in cell for cell in cells for at in (0, 1500))


def test_rows_are_final(bench: Bench, station: Station) -> None:
    station.record(identification(1))
    station.record(READY)
    bench.send(station, 1, 2)
    for statement in (
        "DELETE FROM identification",
        "UPDATE identification SET name = 'x'",
        "DELETE FROM readiness_report",
        "UPDATE readiness_report SET ready = 0",
    ):
        with pytest.raises(Exception, match=r"kept|final"), bench.store.transaction():
            bench.store.run(statement)


def test_both_are_listed_for_a_terminal(bench: Bench, station: Station) -> None:
    excused = (
        identification(1).fingers[0],
        FingerEntry(Hand.RIGHT, Finger.THUMB, excused=Excuse.BANDAGED),
    )
    station.record(identification(1, fingers=excused))
    station.record(identification(2, way=Way.OPERATOR, fingers=()))
    station.record(READY)
    untested = replace(READY.devices[1], tested=False, passed=False, last_code="camera.absent")
    station.record(replace(READY, devices=(READY.devices[0], untested)))
    bench.send(station, 1, 4)
    lines = listing.identification_table(acts.identifications(bench.store)).splitlines()
    assert lines[0].split()[:3] == ["received", "station", "seq"]
    for word in (codice_fiscale(1), "fingerprints", "left index 71, right thumb bandaged", "held"):
        assert word in lines[2]
    assert "operator, to be confirmed at the counter" in lines[3]
    assert "counter" not in lines[2]
    assert lines[3].endswith("none")
    assert lines[-1] == "2 identifications"
    lines = listing.readiness_table(acts.reports(bench.store)).splitlines()
    assert lines[2].split()[-2:] == ["yes", "-"]
    assert lines[3].endswith("no     camera working untested camera.absent")
    assert lines[-1] == "2 reports"


def test_listings_of_an_empty_registry_are_empty(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert chains.stations(store) == []
    (tmp_path / "hub.toml").write_text(
        '[broker]\nhost = "localhost"\nport = 1\n'
        '[smtp]\nhost = "localhost"\nport = 1\nsender = "hub@example.org"\n'
        '[web]\nport = 1\nbase_url = "https://hub.example.org"\n'
    )
    for command, last in (("identifications", "0 identifications"), ("readiness", "0 reports")):
        assert program.main([command, "--hub-dir", str(tmp_path)]) == 0
        assert capsys.readouterr().out.splitlines()[-1] == last
