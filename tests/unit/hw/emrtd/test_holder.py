"""Who holds a document, and whether that is who was typed in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hw.cards.emrtd import lds
from hw.cards.emrtd.holder import compare, contradictions, holder_of
from hw.cards.emrtd.lds import DocumentDetails, PersonalDetails
from hw.cards.emrtd.mrz import Zone, ZoneForm
from hw.document_readings import DocumentHolder, Finding, HolderClaim
from tests.emulated.cards.document_files import LONG_NAMED
from tests.emulated.cards.identity_documents import cie

TODAY = date(2026, 11, 22)
ZONE = Zone(
    form=ZoneForm.TD1,
    document_code="C",
    issuing_state="ITA",
    document_number="CA00000AA",
    birth_date="800101",
    sex="M",
    expiry_date="310101",
    nationality="ITA",
    primary="ROSSI",
    secondary="MARIO",
    names_cut=False,
    optional=("", ""),
    wrong_digits=(),
)
DETAILS = PersonalDetails(
    surname="ROSSI",
    name="MARIO",
    personal_number="RSSMRA80A01H501U",
    birth_date="19800101",
    birth_place=("ROMA", "RM"),
    address=("VIA ROMA 1", "TORINO", "TO"),
)
DOCUMENT = DocumentDetails("COMUNE DI ROMA", "20220315")
CLAIM = HolderClaim("RSSMRA80A01H501U", "Rossi", "Mario", "19800101", "CA00000AA")


def holder(
    zone: Zone = ZONE,
    details: PersonalDetails | None = DETAILS,
    document: DocumentDetails | None = DOCUMENT,
) -> DocumentHolder:
    return holder_of(zone, details, document, TODAY)


def test_all_files_together() -> None:
    assert holder() == DocumentHolder(
        document_code="C",
        issuing_state="ITA",
        document_number="CA00000AA",
        surname="ROSSI",
        name="MARIO",
        names_cut=False,
        names_transliterated=False,
        nationality="ITA",
        sex="M",
        birth_date="19800101",
        expires_on=date(2031, 1, 1),
        codice_fiscale="RSSMRA80A01H501U",
        birth_place="ROMA",
        birth_province="RM",
        address=("VIA ROMA 1", "TORINO", "TO"),
        issued_on=date(2022, 3, 15),
        issuing_authority="COMUNE DI ROMA",
    )


def test_the_zone_alone() -> None:
    found = holder(details=None, document=None)
    assert (found.surname, found.name, found.names_transliterated) == ("ROSSI", "MARIO", True)
    assert (found.birth_date, found.codice_fiscale, found.issued_on) == ("19800101", "", None)


@pytest.mark.parametrize(
    ("parts", "place", "province"),
    [
        (("ROMA", "RM"), "ROMA", "RM"),
        (("TIRANA",), "TIRANA", ""),
        (("TIRANA", "ALBANIA"), "TIRANA, ALBANIA", ""),
        (("RM",), "RM", ""),
        ((), "", ""),
    ],
)
def test_those_born_abroad_have_no_province(
    parts: tuple[str, ...], place: str, province: str
) -> None:
    found = holder(details=replace(DETAILS, birth_place=parts))
    assert (found.birth_place, found.birth_province) == (place, province)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("800101", "19800101"),
        ("261122", "20261122"),
        ("261123", "19261123"),
        ("26<<<<", "20260000"),
        ("27<<<<", "19270000"),
        ("0002<<", "20000200"),
        ("<<<<<<", "00000000"),
    ],
)
def test_the_century_is_the_latest_that_is_not_to_come(written: str, told: str) -> None:
    assert holder(replace(ZONE, birth_date=written), None).birth_date == told


def test_the_century_is_that_of_the_details() -> None:
    zone = replace(ZONE, birth_date="200101")
    assert holder(zone, replace(DETAILS, birth_date="19200101")).birth_date == "19200101"


def test_an_impossible_expiry_is_none() -> None:
    assert holder(replace(ZONE, expiry_date="310231")).expires_on is None
    assert holder(replace(ZONE, expiry_date="<<<<<<")).expires_on is None


def test_a_number_that_is_no_codice_fiscale_is_not_taken_for_one() -> None:
    assert holder(details=replace(DETAILS, personal_number="123456789")).codice_fiscale == ""
    lower = replace(DETAILS, personal_number="rssmra80a01h501u")
    assert holder(details=lower).codice_fiscale == "RSSMRA80A01H501U"


def test_names_come_from_the_details_only_where_the_zone_agrees() -> None:
    zone = replace(ZONE, primary="DANGELO", secondary="NICOLO")
    right = replace(DETAILS, surname="D'ANGELO", name="NICOLÒ")
    assert contradictions(zone, right) == ()
    assert (holder(zone, right).surname, holder(zone, right).name) == ("D'ANGELO", "NICOLÒ")
    wrong = replace(right, name="NICOLA", birth_date="19810101")
    assert contradictions(zone, wrong) == ("name", "birth-date")
    assert (holder(zone, wrong).surname, holder(zone, wrong).name) == ("DANGELO", "NICOLO")
    assert holder(zone, wrong).birth_date == "19800101"


@pytest.mark.parametrize(
    ("surname", "name"), [("ИВАНОВ", "ИВАН"), ("ROSSI ИВАНОВ", "MARIO"), ("ROSSI", "ΜΆΡΙΟΣ")]
)
def test_names_in_other_letters_contradict_nothing_and_are_not_shown(
    surname: str, name: str
) -> None:
    national = replace(DETAILS, surname=surname, name=name)
    assert contradictions(ZONE, national) == ()
    found = holder(details=national)
    assert (found.surname, found.name, found.names_transliterated) == ("ROSSI", "MARIO", True)
    assert found.codice_fiscale == "RSSMRA80A01H501U"


def test_cut_names_are_completed_from_the_details() -> None:
    zone = replace(ZONE, primary="WOLFESCHLEGELSTEINHAUSEN", secondary="HUB", names_cut=True)
    full = replace(DETAILS, surname="WOLFESCHLEGELSTEINHAUSEN", name="HUBERT BLAINE")
    assert contradictions(zone, full) == ()
    found = holder(zone, full)
    assert (found.name, found.names_cut) == ("HUBERT BLAINE", False)
    assert holder(zone, None).names_cut


def test_names_cut_where_a_word_ends_are_completed_too() -> None:
    groups = cie(person=LONG_NAMED).document.data_groups
    zone, told = lds.parse_dg1(groups[1]), lds.parse_dg11(groups[11])
    assert (zone.secondary, zone.names_cut) == ("MARIA", True)
    assert contradictions(zone, told) == ()
    found = holder(zone, told)
    assert (found.surname, found.name) == (LONG_NAMED.surname, "MARIA GRAZIA ALESSANDRA")
    assert not found.names_cut
    assert contradictions(zone, replace(told, name="GRAZIA MARIA")) == ("name",)


def test_what_was_typed_in_is_proven() -> None:
    assert compare(holder(), CLAIM) == (Finding.PROVEN, ("holder.equal",))
    only = HolderClaim(codice_fiscale="RSSMRA80A01H501U")
    assert compare(holder(), only) == (Finding.PROVEN, ("holder.equal",))
    names = HolderClaim(surname="rossi", name="mario", birth_date="19800101")
    assert compare(holder(details=None), names) == (Finding.PROVEN, ("holder.equal",))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"codice_fiscale": "RSSMRA80A01H501V"}, "holder.codice-fiscale"),
        ({"surname": "Russi"}, "holder.surname"),
        ({"name": "Maria"}, "holder.name"),
        ({"birth_date": "19800102"}, "holder.birth-date"),
        ({"document_number": "CA00000AB"}, "holder.document-number"),
    ],
)
def test_each_difference_refutes(change: dict[str, str], reason: str) -> None:
    assert compare(holder(), replace(CLAIM, **change)) == (Finding.REFUTED, (reason,))


def test_differences_are_told_together() -> None:
    claim = replace(CLAIM, surname="Verdi", birth_date="19900101")
    assert compare(holder(), claim) == (
        Finding.REFUTED,
        ("holder.surname", "holder.birth-date"),
    )


def test_nothing_typed_in_proves_nothing() -> None:
    for claim in (None, HolderClaim()):
        assert compare(holder(), claim) == (
            Finding.NOT_PROVABLE,
            ("holder.nothing-to-compare",),
        )


def test_half_a_person_proves_nothing() -> None:
    claim = HolderClaim(codice_fiscale="RSSMRA80A01H501U", surname="Rossi")
    assert compare(holder(details=None), claim) == (
        Finding.NOT_PROVABLE,
        ("holder.too-little", "holder.no-codice-fiscale"),
    )


def test_cut_names_agree_with_the_full_ones() -> None:
    zone = replace(ZONE, primary="PAPANDROPOULOUS", secondary="JONATHON ALE", names_cut=True)
    found = holder(zone, None)
    claim = HolderClaim(
        surname="Papandropoulous", name="Jonathon Alec Giorgio", birth_date="19800101"
    )
    assert compare(found, claim) == (Finding.PROVEN, ("holder.equal", "holder.names-cut"))
    other = replace(claim, name="Jonathon Boris")
    assert compare(found, other) == (Finding.REFUTED, ("holder.name",))


@pytest.mark.parametrize(("zone", "typed"), [("ROSSI", "Rossini"), ("R", "Ramazzotti")])
def test_the_beginning_of_a_surname_is_too_little(zone: str, typed: str) -> None:
    """It may be cut, so it does not refute; but one letter begins many surnames."""
    cut = replace(ZONE, primary=zone, secondary="MARIA ALESSANDRA", names_cut=True)
    found = holder(cut, None)
    claim = HolderClaim(surname=typed, name="Maria Alessandra Giovanna", birth_date="19800101")
    assert compare(found, claim) == (
        Finding.NOT_PROVABLE,
        ("holder.too-little", "holder.names-cut"),
    )
    whole = replace(claim, surname=zone)
    assert compare(found, whole) == (Finding.PROVEN, ("holder.equal", "holder.names-cut"))
    number = replace(holder(cut, None), codice_fiscale="RSSMRA80A01H501U")
    claim = replace(claim, codice_fiscale="RSSMRA80A01H501U")
    assert compare(number, claim)[0] is Finding.PROVEN


@pytest.mark.parametrize(
    ("zone", "typed"),
    [
        ("DANGELO", "D'Angelo"),
        ("D ANGELO", "D\u2019Angelo"),
        ("DE LUCA", "De Luca"),
        ("DE LUCA", "DELUCA"),
        ("NICOLO", "Nicolò"),
        ("NICOLO", "Nicolo'"),
        ("MUELLER", "Müller"),
        ("MULLER", "Müller"),
        ("MUXXLLER", "Müller"),
        ("STRASSE", "Straße"),
        ("SOERENSEN", "Sørensen"),
        ("AARGAARD", "Årgård"),
        ("NUNEZ", "Núñez"),
        ("NUNXXEZ", "Núñez"),
        ("ANNA MARIA", "Anna-Maria"),
        ("LJUBISA", "Ljubiša"),
        ("SZCZESNY", "Szczęsny"),
        ("THORSDOTTIR", "Þórsdóttir"),
        ("GROSS", "GROẞ"),
        ("STEFANITA", "Ştefăniţă"),
        ("QANG", "ĸaŋ"),
        ("OESTER", "Ǿster"),
        ("DANGELO", "D\u02bcAngelo"),
    ],
)
def test_transliterated_names_agree(zone: str, typed: str) -> None:
    found = holder(replace(ZONE, primary=zone), None)
    claim = HolderClaim(surname=typed, name="Mario", birth_date="19800101")
    assert compare(found, claim)[0] is Finding.PROVEN


@pytest.mark.parametrize(
    ("zone", "typed"),
    [
        ("ROSSI", "ROSSI ROSSI"),
        ("MULER", "Müller"),
        ("NICOLO", "NICOLA"),
        ("ROSSI", "-"),
        ("ROSSI", "Rossi Иванов"),
        ("ROSSI", "Ω Rossi"),
        ("ROSSI", "Rosשsi"),
        ("ROSSI", "Rossi 2"),
    ],
)
def test_other_names_do_not(zone: str, typed: str) -> None:
    found = holder(replace(ZONE, primary=zone), None)
    assert compare(found, HolderClaim(surname=typed))[0] is Finding.REFUTED


def test_unknown_parts_of_a_date_do_not_refute() -> None:
    found = holder(replace(ZONE, birth_date="80<<<<"), None)
    claim = HolderClaim(surname="Rossi", name="Mario", birth_date="19800101")
    assert compare(found, claim)[0] is Finding.PROVEN
    assert compare(found, replace(claim, birth_date="19810101"))[0] is Finding.REFUTED


@pytest.mark.parametrize(
    ("written", "claimed"),
    [
        ("<<<<<<", "19550505"),
        ("800101", "00000000"),
        ("<<<<<<", "00000000"),
        ("<<0101", "19800101"),
    ],
)
def test_a_date_without_its_year_does_not_count(written: str, claimed: str) -> None:
    found = holder(replace(ZONE, birth_date=written), None)
    claim = HolderClaim(surname="Rossi", name="Mario", birth_date=claimed)
    assert compare(found, claim) == (Finding.NOT_PROVABLE, ("holder.too-little",))


def test_what_is_known_of_a_date_without_its_year_refutes() -> None:
    found = holder(replace(ZONE, birth_date="<<0101"), None)
    claim = HolderClaim(surname="Rossi", name="Mario", birth_date="19800102")
    assert compare(found, claim) == (Finding.REFUTED, ("holder.birth-date",))


@pytest.mark.parametrize(
    ("written", "claimed", "same"),
    [
        ("230101", "19230101", True),
        ("230101", "20230101", True),
        ("230101", "18230101", False),
        ("230101", "19230102", False),
        ("010101", "19010101", True),
        ("800101", "19800101", True),
        ("800101", "18800101", False),
    ],
)
def test_a_guessed_century_refutes_nobody(written: str, claimed: str, *, same: bool) -> None:
    found = holder(replace(ZONE, birth_date=written), None)
    claim = HolderClaim(surname="Rossi", name="Mario", birth_date=claimed)
    assert compare(found, claim)[0] is (Finding.PROVEN if same else Finding.REFUTED)


@pytest.mark.parametrize(
    ("written", "told", "guessed"),
    [
        ("230101", "", True),
        ("010101", "", True),
        ("26<<<<", "", True),
        ("000101", "", False),
        ("270101", "", False),
        ("800101", "", False),
        ("<<<<<<", "", False),
        ("230101", "19230101", False),
        ("230101", "20230101", False),
        ("230101", "20230102", True),  # the details contradict the zone and do not count
    ],
)
def test_the_century_is_guessed_where_somebody_a_hundred_years_older_may_live(
    written: str, told: str, *, guessed: bool
) -> None:
    details = replace(DETAILS, birth_date=told)
    assert holder(replace(ZONE, birth_date=written), details).century_guessed is guessed


def test_names_of_any_length_are_compared_in_time() -> None:
    found = holder(replace(ZONE, primary="AE" * 500), None)
    assert compare(found, HolderClaim(surname="Ä" * 1000))[0] is not None
