"""A register that lies at the hub: filled from CSV whole or not at all."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sync.hub.importing.mapping import MappingError
from sync.hub.importing.table import TableError
from sync.hub.registers import PopulationRegisters, RegisterTrouble
from sync.hub.registers.local import LocalRegister, RegisterLoad, fill
from sync.model.addresses import ItalianAddress
from sync.model.inquiry import NotFound, PersonFound, RegisterName

TODAY = date(2026, 11, 23)
MARIO = "RSSMRA80A01H501U"
GIANNA = "BRNGNN71B26L219T"
MAPPING = """
[file]
encoding = "{encoding}"
delimiter = "{delimiter}"
dates = "gg/mm/aaaa"
[columns]
codice_fiscale = "CF"
surname = "COGNOME"
name = "NOME"
birth_date = "NATO"
sex = "SESSO"
street = "VIA"
house_number = "CIVICO"
comune_name = "COMUNE"
province = "PROV"
[values.sex]
"1" = "M"
"2" = "F"
"""
HEADER = "CF;COGNOME;NOME;NATO;SESSO;VIA;CIVICO;COMUNE;PROV;ALTRO\n"
ROW = f"{MARIO};Rossi;Mario;01/01/1980;1;Via Verdi;7;Torino;TO;x\n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "cia.db"


def load(
    database: Path,
    text: str,
    *,
    encoding: str = "utf-8",
    delimiter: str = ";",
    dry_run: bool = False,
) -> RegisterLoad:
    folder = database.parent
    (folder / "people.csv").write_text(text, encoding=encoding)
    (folder / "mapping.toml").write_text(MAPPING.format(encoding=encoding, delimiter=delimiter))
    return fill(
        database, folder / "people.csv", folder / "mapping.toml", today=TODAY, dry_run=dry_run
    )


@pytest.mark.rule("R-003-10")
@pytest.mark.rule("R-003-43")
def test_cia_is_asked_before_aura_and_nobody_is_an_empty_form(tmp_path: Path) -> None:
    cia, aura = tmp_path / "cia.db", tmp_path / "aura.db"
    load(cia, HEADER + ROW)
    other = ROW.replace("Via Verdi", "Via Roma")
    stranger = f"{GIANNA};Bruni;Gianna;26/02/1971;1;Via Po;1;Torino;TO;\n"
    load(aura, HEADER + other + stranger)
    registers = PopulationRegisters(
        [LocalRegister(RegisterName.AURA, aura), LocalRegister(RegisterName.CIA, cia)]
    )
    first = registers.look_up(MARIO, "L219")
    assert isinstance(first, PersonFound)
    assert first.register is RegisterName.CIA
    assert first.residence == ItalianAddress(
        street="Via Verdi", number="7", comune="L219", cap=None
    )
    # In another comune CIA does not know him; AURA knows people by their code alone.
    second = registers.look_up(MARIO, "H501")
    assert isinstance(second, PersonFound)
    assert second.register is RegisterName.AURA
    assert registers.look_up("MRTMRA83T56A269B", "L219") == NotFound()


def test_a_register_that_cannot_be_asked_is_named_and_the_next_one_is_asked(
    tmp_path: Path,
) -> None:
    aura = tmp_path / "aura.db"
    load(aura, HEADER + ROW)
    registers = PopulationRegisters(
        [
            LocalRegister(RegisterName.CIA, tmp_path / "never-filled.db"),
            LocalRegister(RegisterName.AURA, aura),
        ]
    )
    found = registers.look_up(MARIO, "L219")
    assert isinstance(found, PersonFound)
    assert found.register is RegisterName.AURA
    assert registers.look_up(GIANNA, "L219") == NotFound((RegisterName.CIA,))


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (
            ROW.replace(MARIO, "RSSMRA80A01H501X"),
            "codice_fiscale",
            "codice-fiscale.check-character",
        ),
        (ROW.replace(MARIO, ""), "codice_fiscale", "codice-fiscale.empty"),
        (ROW.replace("01/01/1980", "31/02/1980"), "birth_date", "date.form"),
        (ROW.replace("01/01/1980", "1980-01-01"), "birth_date", "date.form"),
        (ROW.replace("01/01/1980", ""), "birth_date", "value.missing"),
        (ROW.replace("01/01/1980", "02/01/1980"), "codice_fiscale", "codice-fiscale.not-of-date"),
        (ROW.replace(";1;Via", ";3;Via"), "sex", "value.unknown"),
        (ROW.replace("Torino;TO", "Atlantide;TO"), "comune_name", "comune.unknown"),
        (ROW.replace("Torino;TO", "Torino;RM"), "comune_name", "comune.unknown"),
        (ROW.replace(";x", ";x;one more"), "", "row.length"),
        (ROW.replace("Rossi;Mario", ";"), "surname", "person.nameless"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line_and_left_out(
    database: Path, row: str, field: str, code: str
) -> None:
    good = f"{GIANNA};Bruni;Gianna;26/02/1971;1;Via Po;1;Torino;TO;\n"
    result = load(database, HEADER + good + row)
    assert result.taken == 1
    assert [(entry.line, entry.field, entry.code) for entry in result.rejected] == [
        (3, field, code)
    ]
    register = LocalRegister(RegisterName.AURA, database)
    assert isinstance(register.find(GIANNA, ""), PersonFound)
    assert register.find(MARIO, "") is None


def test_a_person_twice_in_a_file_is_taken_once_and_told(database: Path) -> None:
    result = load(database, HEADER + ROW + "\n" + ROW)
    assert result.taken == 1
    assert [(entry.line, entry.code) for entry in result.rejected] == [(4, "row.repeated")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the file is empty"),
        ("CF;NOME\n", "no column"),
        (HEADER.replace("ALTRO", "CF") + ROW, "twice the column CF"),
        (HEADER + ROW + f'{GIANNA};"Bruni;Gianna\n', "a quote that is not closed"),
        (HEADER + ROW + '"' + "x" * 5000 + '";\n', "a quote is not closed"),
        (HEADER + ROW + "\0\n", "a NUL"),
    ],
)
def test_a_file_that_is_broken_changes_nothing(database: Path, text: str, complaint: str) -> None:
    load(database, HEADER + ROW)
    before = database.read_bytes()
    with pytest.raises(TableError, match=complaint) as raised:
        load(database, text)
    assert "Bruni" not in str(raised.value)
    assert database.read_bytes() == before
    assert not list(database.parent.glob("*.new"))


def test_bytes_of_another_encoding_are_told_by_their_place(database: Path) -> None:
    folder = database.parent
    load(database, HEADER + ROW)
    before = database.read_bytes()
    (folder / "people.csv").write_bytes((HEADER + ROW.replace("Rossi", "Rossì")).encode("cp1252"))
    with pytest.raises(TableError, match="encoding named in the mapping") as raised:
        fill(database, folder / "people.csv", folder / "mapping.toml", today=TODAY)
    assert "Ross" not in str(raised.value)
    assert database.read_bytes() == before


def test_files_of_other_systems_are_read_as_they_are(database: Path) -> None:
    text = (HEADER + ROW.replace("Via Verdi", "Via dell'Università")).replace(";", "\t")
    assert load(database, text, encoding="cp1252", delimiter="\\t").taken == 1
    found = LocalRegister(RegisterName.AURA, database).find(MARIO, "")
    assert isinstance(found, PersonFound)
    assert found.residence is not None
    assert found.residence.street == "Via dell'Università"
    assert load(database, "\ufeff" + HEADER + ROW).taken == 1


def test_a_dry_run_tells_the_same_and_changes_nothing(database: Path) -> None:
    result = load(database, HEADER + ROW + ROW, dry_run=True)
    assert (result.taken, dict(result.reasons())) == (1, {"row.repeated": 1})
    assert not database.exists()


def test_a_register_that_is_filled_anew_answers_from_the_new_file(database: Path) -> None:
    load(database, HEADER + ROW)
    register = LocalRegister(RegisterName.AURA, database)
    assert isinstance(register.find(MARIO, ""), PersonFound)
    load(database, HEADER)
    assert register.find(MARIO, "") is None


def test_a_database_that_is_damaged_is_trouble_and_no_exception(database: Path) -> None:
    database.write_bytes(b"not a database at all" * 100)
    found = LocalRegister(RegisterName.AURA, database).find(MARIO, "")
    assert found == RegisterTrouble("register.away", "DatabaseError")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('codice_fiscale = "CF"', "columns.codice_fiscale: is needed"),
        ("[columns]", "columns.nonsense: there is no such datum"),
        ('dates = "gg/mm/aaaa"', "file.dates: needs gg, mm and aaaa"),
        ('delimiter = ";"', "file.delimiter: must be one of"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(
    database: Path, change: str, complaint: str
) -> None:
    folder = database.parent
    mapping = MAPPING.format(encoding="utf-8", delimiter=";")
    replaced = {
        'codice_fiscale = "CF"': "",
        "[columns]": '[columns]\nnonsense = "X"',
        'dates = "gg/mm/aaaa"': 'dates = "gg/mm"',
        'delimiter = ";"': 'delimiter = "#"',
    }[change]
    (folder / "mapping.toml").write_text(mapping.replace(change, replaced))
    (folder / "people.csv").write_text(HEADER + ROW)
    with pytest.raises(MappingError, match=complaint):
        fill(database, folder / "people.csv", folder / "mapping.toml", today=TODAY)
