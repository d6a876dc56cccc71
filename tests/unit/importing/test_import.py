"""Whatever is in the file, the registry holds all of it or nothing of it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from sync.hub.importing import importer, old_accounts
from sync.hub.importing.importer import ImportRefusedError, ImportReport, Source
from sync.hub.importing.mapping import MappingError
from sync.hub.importing.table import TableError
from sync.hub.store import feed, registrations, secrets
from sync.hub.store.database import Store
from sync.model import registration_number, transitions
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.credential import Function, OperationKind, OperationStatus, State

TODAY: Final = date(2026, 11, 23)
NOW: Final = 1_795_000_000_000
CODE: Final = 29_000
COLUMNS: Final = [
    "codice_fiscale",
    "surname",
    "name",
    "birth_date",
    "sex",
    "street",
    "house_number",
    "comune",
    "cap",
    "email",
    "mobile",
    "document_kind",
    "document_number",
    "document_issued_on",
    "document_issuer",
    "number",
    "community",
    "registered_on",
    "state",
    "strong",
    "has_pin",
    "checked_on",
    "checked_by",
    "activated_on",
    "username",
    "email_confirmed",
    "operation_kind",
    "operation_status",
    "operation_on",
    "operation_office",
    "note",
    "province",
    "city",
    "nation",
]
GOOD: Final = {
    "codice_fiscale": "RSSMRA80A01H501U",
    "surname": "Rossi",
    "name": "Mario",
    "birth_date": "01/01/1980",
    "sex": "M",
    "street": "Via Verdi",
    "house_number": "7",
    "comune": "L219",
    "cap": "10124",
    "email": "mario@example.org",
    "document_kind": "carta_identita",
    "document_number": "CA12345AA",
    "document_issued_on": "02/03/2020",
    "document_issuer": "Comune di Torino",
    "number": "2014/00017",
    "community": "sistemapiemonte",
    "registered_on": "07/10/2014",
    "state": "registrato",
    "strong": "N",
}
OTHER: Final = GOOD | {
    "codice_fiscale": "BRNGNN71B26L219T",
    "surname": "Bruni",
    "name": "Gianna",
    "birth_date": "26/02/1971",
    "email": "gianna@example.org",
    "number": "2014/00018",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "registry.db")
    yield opened
    opened.close()


def source(folder: Path, *rows: dict[str, str], code: int = CODE) -> Source:
    with (folder / "old.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(COLUMNS)
        for row in rows:
            writer.writerow([row.get(column, "") for column in COLUMNS])
    mapping = ['[file]\ndates = "gg/mm/aaaa"\n[columns]']
    mapping += [f'{column} = "{column}"' for column in COLUMNS]
    (folder / "mapping.toml").write_text("\n".join(mapping))
    return Source(folder / "old.csv", folder / "mapping.toml", code)


def enter(store: Store, folder: Path, *rows: dict[str, str], accept: bool = False) -> ImportReport:
    return importer.enter(store, source(folder, *rows), TODAY, NOW, accept_rejections=accept)


def counted(store: Store) -> int:
    return len(registrations.registrations(store))


@pytest.mark.rule("R-003-66")
def test_a_registration_comes_over_whole(store: Store, tmp_path: Path) -> None:
    row = GOOD | {
        "state": "Attivo",
        "strong": "Y",
        "has_pin": "Y",
        "checked_on": "10/10/2014",
        "checked_by": "ASL TO1",
        "activated_on": "11/10/2014",
        "username": "mario.rossi",
        "email_confirmed": "Y",
        "operation_kind": "Ristampa",
        "operation_status": "S",
        "operation_on": "12/12/2015",
        "operation_office": "ASL TO2",
        "note": "torna in marzo",
    }
    report = enter(store, tmp_path, row)
    assert (report.taken, report.rejected, report.discarded) == (1, [], [])
    (held,) = registrations.registrations(store)
    one = held.registration
    assert isinstance(registration_number.parse(one.number), registration_number.RegistrationNumber)
    assert one.residence == ItalianAddress(
        street="Via Verdi", number="7", comune="L219", cap="10124"
    )
    assert (one.credential.state, one.credential.strong) == (State.ATTIVATO, True)
    assert one.credential.checked_by == "ASL TO1"
    last = one.credential.last
    assert last is not None
    assert (last.kind, last.status) == (OperationKind.RIGENERA_PIN, OperationStatus.SUCCEEDED)
    assert last.office == "ASL TO2"
    assert one.note == "torna in marzo"
    assert (one.username, one.email_confirmed) == ("ma•••••i", True)
    login = secrets.login(store, one.number)
    assert login is not None
    assert (login.username, login.password, login.pin) == ("mario.rossi", None, None)
    # The number on the person's paper leads to it, and stations are told of it.
    assert registrations.by_number(store, "2014/00017") == held
    assert [entry.number for entry in feed.entries(store, 0, 10)] == [one.number]


@pytest.mark.rule("R-003-13")
@pytest.mark.rule("C-003-2")
@pytest.mark.rule("C-003-3")
@pytest.mark.parametrize(
    ("state", "strong"),
    [("registrato", "Y"), ("riscontrato", "Y"), ("respinto", "N"), ("respinto", "Y")],
)
def test_states_that_are_never_made_any_more_are_taken_and_can_be_left(
    store: Store, tmp_path: Path, state: str, strong: str
) -> None:
    assert enter(store, tmp_path, GOOD | {"state": state, "strong": strong}).taken == 1
    (held,) = registrations.registrations(store)
    credential = held.registration.credential
    if state == "respinto":
        assert transitions.functions(credential) == {Function.RICERCA}
    else:
        assert OperationKind.REVOCA in transitions.bookable(credential)


@pytest.mark.rule("C-003-8")
@pytest.mark.rule("R-003-29")
def test_what_an_older_service_lacks_may_be_missing(store: Store, tmp_path: Path) -> None:
    bare = {
        name: value
        for name, value in GOOD.items()
        if not name.startswith("document") and name not in {"email", "street", "comune", "cap"}
    }
    assert enter(store, tmp_path, bare | {"house_number": ""}).taken == 1
    (held,) = registrations.registrations(store)
    one = held.registration
    assert (one.residence, one.document, one.contacts.email) == (None, None, "")


def test_an_operation_in_progress_comes_as_discarded_and_is_told(
    store: Store, tmp_path: Path
) -> None:
    running = {"operation_kind": "Riscontro", "operation_status": "A", "operation_on": "01/10/2026"}
    report = enter(store, tmp_path, GOOD | {"state": "riscontrato"} | running)
    assert report.discarded == [2]
    (held,) = registrations.registrations(store)
    assert held.registration.credential.running is None
    last = held.registration.credential.last
    assert last is not None
    assert last.status is OperationStatus.DISCARDED


def test_residents_abroad_come_with_city_and_nation(store: Store, tmp_path: Path) -> None:
    abroad = {"comune": "", "cap": "", "province": "STATO ESTERO", "city": "Lyon"}
    assert enter(store, tmp_path, GOOD | abroad | {"nation": "Francia"}).taken == 1
    (held,) = registrations.registrations(store)
    residence = held.registration.residence
    assert isinstance(residence, ForeignAddress)
    assert (residence.city, residence.nation) == ("Lyon", "Z110")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            {"codice_fiscale": "RSSMRA80A01H501X"},
            ("codice_fiscale", "codice-fiscale.check-character"),
        ),
        ({"birth_date": "01/13/1980"}, ("birth_date", "date.form")),
        ({"birth_date": "02/01/1980"}, ("codice_fiscale", "codice-fiscale.not-of-date")),
        ({"surname": "Verdi"}, ("codice_fiscale", "codice-fiscale.not-of-surname")),
        ({"sex": "F"}, ("codice_fiscale", "codice-fiscale.not-of-sex")),
        ({"comune": "Z999"}, ("comune", "comune.unknown")),
        ({"email": "mario@"}, ("email", "email.after-at")),
        ({"email": "m@postacertificata.gov.it"}, ("email", "email.cec-pac")),
        ({"state": "sospeso"}, ("state", "value.unknown")),
        ({"state": ""}, ("state", "value.missing")),
        ({"strong": "forse"}, ("strong", "value.unknown")),
        ({"community": "altra"}, ("community", "value.unknown")),
        ({"registered_on": "07/10/2034"}, ("registered_on", "date.future")),
        ({"document_kind": "tessera"}, ("document_kind", "value.unknown")),
        ({"activated_on": "07/10/2015"}, ("activated_on", "registration.not-active")),
        ({"operation_kind": "Reset"}, ("operation_status", "value.missing")),
    ],
)
def test_a_row_with_a_fault_is_told_and_keeps_everything_out(
    store: Store, tmp_path: Path, change: dict[str, str], found: tuple[str, str]
) -> None:
    with pytest.raises(ImportRefusedError) as refused:
        enter(store, tmp_path, OTHER, GOOD | change)
    report = refused.value.report
    assert report is not None
    assert (3, *found) in [(row.line, row.field, row.code) for row in report.rejected]
    assert counted(store) == 0
    assert enter(store, tmp_path, OTHER, GOOD | change, accept=True).taken == 1
    assert counted(store) == 1


def test_all_that_is_wrong_with_a_row_is_told_at_once(store: Store, tmp_path: Path) -> None:
    wrong = GOOD | {"email": "mario", "cap": "1", "state": "x"}
    report = importer.judge(store, source(tmp_path, wrong), TODAY)
    assert {row.field for row in report.rejected} == {"email", "cap", "state"}
    assert (report.rejected_rows, report.taken) == (1, 0)


@pytest.mark.rule("R-003-9")
def test_a_person_is_taken_once(store: Store, tmp_path: Path) -> None:
    report = enter(store, tmp_path, GOOD, GOOD | {"number": "2014/00019"}, OTHER, accept=True)
    assert report.taken == 2
    assert [(row.line, row.code) for row in report.rejected] == [(3, "row.repeated")]
    again = enter(store, tmp_path, GOOD, OTHER, accept=True)
    assert again.taken == 0
    assert {row.code for row in again.rejected} == {"registration.exists"}
    assert counted(store) == 2


def test_a_number_or_a_username_belongs_to_one_person(store: Store, tmp_path: Path) -> None:
    report = enter(store, tmp_path, GOOD, OTHER | {"number": GOOD["number"]}, accept=True)
    assert [(row.field, row.code) for row in report.rejected] == [
        ("number", "registration-number.used")
    ]
    active = {"state": "attivato", "username": "MARIO.rossi"}
    third = GOOD | {
        "codice_fiscale": "MRTMRA83T56A269B",
        "surname": "Martini",
        "name": "Maria",
        "birth_date": "16/12/1983",
        "sex": "F",
        "number": "",
    }
    enter(store, tmp_path, OTHER | active)
    report = enter(store, tmp_path, third | active | {"username": "mario.Rossi"}, accept=True)
    assert [(row.field, row.code) for row in report.rejected] == [("username", "username.taken")]


def test_numbers_go_on_where_the_last_import_ended(store: Store, tmp_path: Path) -> None:
    enter(store, tmp_path, GOOD)
    enter(store, tmp_path, OTHER)
    numbers = {held.number for held in registrations.registrations(store)}
    assert numbers == {registration_number.issue(CODE, counter).text for counter in (1, 2)}


def test_a_code_of_a_station_is_refused(store: Store, tmp_path: Path) -> None:
    with store.transaction():
        store.run(
            "INSERT INTO station (name, code, spki, enrolled_at, head_hash)"
            " VALUES ('s-1', 7, x'00', 1, zeroblob(32))"
        )
    for code in (7, -1, registration_number.STATIONS):
        with pytest.raises(ImportRefusedError):
            importer.enter(store, source(tmp_path, GOOD, code=code), TODAY, NOW)
    assert counted(store) == 0


def test_a_file_that_ends_in_the_middle_changes_nothing(store: Store, tmp_path: Path) -> None:
    made = source(tmp_path, GOOD, OTHER)
    whole = made.table.read_text()
    made.table.write_text(whole[: whole.rindex("Bruni")] + '"Bru')
    with pytest.raises(TableError) as broken:
        importer.enter(store, made, TODAY, NOW, accept_rejections=True)
    assert "Bru" not in str(broken.value)
    assert counted(store) == 0


def test_a_file_that_changes_while_it_is_read_changes_nothing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = source(tmp_path, GOOD)
    judge = importer.judge

    def judged_then_changed(*arguments: object) -> ImportReport:
        report = judge(*arguments)  # type: ignore[arg-type]  # passed on as they came
        source(tmp_path, GOOD | {"note": "another"})
        return report

    monkeypatch.setattr(importer, "judge", judged_then_changed)
    with pytest.raises(ImportRefusedError, match="changed"):
        importer.enter(store, made, TODAY, NOW)
    assert counted(store) == 0


def test_the_report_names_every_row_and_no_datum(store: Store, tmp_path: Path) -> None:
    report = importer.judge(store, source(tmp_path, GOOD | {"email": "mario@"}, OTHER), TODAY)
    report.write(tmp_path / "report.csv")
    text = (tmp_path / "report.csv").read_text()
    assert "2;email;email.after-at;" in text
    assert not [word for word in ("Rossi", "mario", GOOD["codice_fiscale"]) if word in text]
    assert counted(store) == 0


def test_a_mapping_without_a_needed_datum_is_refused(store: Store, tmp_path: Path) -> None:
    made = source(tmp_path, GOOD)
    text = made.mapping.read_text().replace('state = "state"\n', "")
    made.mapping.write_text(text)
    with pytest.raises(MappingError, match="state"):
        importer.judge(store, made, TODAY)


@pytest.mark.rule("R-003-46")
def test_owners_of_old_credentials_are_noted_by_their_code_alone(
    store: Store, tmp_path: Path
) -> None:
    enter(store, tmp_path, OTHER)
    (tmp_path / "accounts.csv").write_text(
        f"CF\n{GOOD['codice_fiscale']}\n{OTHER['codice_fiscale']}\nX\n"
    )
    (tmp_path / "accounts.toml").write_text('[columns]\ncodice_fiscale = "CF"\n')
    report = old_accounts.enter(
        store, tmp_path / "accounts.csv", tmp_path / "accounts.toml", TODAY, NOW
    )
    assert report.taken == 1
    assert [row.code for row in report.rejected] == [
        "registration.exists",
        "codice-fiscale.length",
    ]
    rows = store.rows("SELECT codice_fiscale FROM old_account")
    assert rows == [(GOOD["codice_fiscale"],)]
