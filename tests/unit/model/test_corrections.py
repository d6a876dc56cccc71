"""What a hub may correct from afar: rows of places, texts, settings; and what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.resources import files

import pytest

from sync.model import place_rows, places, station_settings, text_corrections
from sync.model.place_rows import PlacesUpdate
from sync.model.station_settings import SettingsRule, steering
from sync.model.text_corrections import TextCorrection

TODAY = date(2026, 11, 23)
NEW = "M999\t099999\tBorgo Nuovo\t\tTO\t2026-01-01\t\t10199\t"
MERGED = (
    "L219\t001272\tTorino\t\tTO\t1889-08-20\t2025-12-31\t10121\t",
    "L219\t001999\tTorino Grande\t\tTO\t2026-01-01\t\t10121\t",
)


@pytest.fixture
def shipped() -> Iterator[None]:
    """The table as the program brings it, before and after."""
    places.adopt(PlacesUpdate())
    yield
    places.adopt(PlacesUpdate())


@pytest.mark.usefixtures("shipped")
def test_a_new_comune_is_found_and_one_that_changed_is_another() -> None:
    assert places.comune("M999") is None
    places.adopt(PlacesUpdate(comuni=(*MERGED, NEW)))
    found = places.comune("M999")
    assert found is not None
    assert (found.name, found.province, places.caps("M999")) == ("Borgo Nuovo", "TO", ("10199",))
    assert places.search("borgo nuo", limit=3, on=TODAY)[0].belfiore == "M999"
    assert places.comune_by_istat("001999") == places.comune("L219", on=TODAY)
    assert places.comune_by_istat("001272") is None
    old = places.comune("L219", on=date(1990, 1, 1))
    assert old is not None
    assert old.name == "Torino"
    assert any(one.belfiore == "M999" for one in places.comuni_of("TO", TODAY))
    assert places.is_known("A001"), "the others are as before"
    places.adopt(PlacesUpdate())
    assert places.comune("M999") is None


@pytest.mark.usefixtures("shipped")
def test_the_table_of_provinces_is_replaced_as_a_whole() -> None:
    places.adopt(PlacesUpdate(provinces=("TO\tTorino\tPiemonte", "XX\tNuova\tPiemonte")))
    assert [one.sigla for one in places.provinces()] == ["XX", "TO"]


def test_the_shipped_tables_themselves_are_free_of_faults() -> None:
    data = files("sync.model").joinpath("places_data")
    comuni, states, provinces = (
        tuple(data.joinpath(f"{name}.tsv").read_text("utf-8").splitlines()[1:])
        for name in ("comuni", "states", "provinces")
    )
    assert place_rows.faults(PlacesUpdate(comuni, states, provinces)) == ()


@pytest.mark.parametrize(
    "row",
    [
        "M99\t099999\tBorgo\t\tTO\t2026-01-01\t\t10199\t",
        "Z999\t\tBorgo\t\tTO\t2026-01-01\t\t\t",
        "M999\t99999\tBorgo\t\tTO\t2026-01-01\t\t\t",
        "M999\t099999\t \t\tTO\t2026-01-01\t\t\t",
        "M999\t099999\tBorgo\t\t\t2026-01-01\t\t\t",
        "M999\t099999\tBorgo\t\tTO\t2026-13-01\t\t\t",
        "M999\t099999\tBorgo\t\tTO\t2026-01-01\t2025-01-01\t\t",
        "M999\t099999\tBorgo\t\tTO\t2026-01-01\t\t1019\t",
        "M999\t099999\tBor\x07go\t\tTO\t2026-01-01\t\t\t",
        "M999\t099999\tBorgo\t\tTO\t2026-01-01\t\t",
    ],
)
def test_a_row_that_is_none_is_told_by_its_place(row: str) -> None:
    (fault,) = place_rows.faults(PlacesUpdate(comuni=(row,)))[:1]
    assert fault.startswith("comuni, row 1: ")


def test_versions_of_a_code_stand_together_in_their_order() -> None:
    assert place_rows.faults(PlacesUpdate(comuni=MERGED)) == ()
    assert place_rows.faults(PlacesUpdate(comuni=MERGED[::-1]))
    assert place_rows.faults(PlacesUpdate(comuni=(MERGED[0], NEW, MERGED[1])))
    assert place_rows.faults(PlacesUpdate(provinces=("TO\tTorino\tPiemonte",) * 2))


def text(italian: str, english: str, key: str = "welcome.title") -> TextCorrection:
    return TextCorrection(key, ((italian,), (english,)))


def test_a_correction_has_the_same_placeholders_in_each_language_and_no_others() -> None:
    assert text_corrections.faults((text("Ciao {name}", "Hello {name}"),)) == ()
    for wrong in (
        text("Ciao {name}", "Hello"),
        text("Ciao {name.__class__}", "Hello {name.__class__}"),
        text("Ciao {name!r}", "Hello {name!r}"),
        text("Ciao {n:>99999999}", "Hello {n:>99999999}"),
        text("Ciao {0}", "Hello {0}"),
        text("Ciao {", "Hello {"),
        text("Ciao\x1b", "Hello\x1b"),
        text(" ", "Hello"),
        text("Ciao", "Hello", key="not a key"),
        text("Accetto", "I accept", key="home.accept"),
        TextCorrection("welcome.title", (("Ciao",),)),
        TextCorrection("welcome.title", (("Un", "Più"), ("One",))),
    ):
        assert text_corrections.faults((wrong,)), wrong
    assert text_corrections.faults((text("Ciao", "Hello"), text("Salve", "Hi")))


def test_a_correction_fits_the_text_that_it_replaces() -> None:
    assert text_corrections.fits(("Ecco {name}",), ("Ciao {name}",))
    assert not text_corrections.fits(("Ecco",), ("Ciao {name}",))
    assert not text_corrections.fits(("Ecco {who}",), ("Ciao {name}",))
    assert not text_corrections.fits(("Uno", "Molti"), ("Ciao",))
    # Of forms one may leave the number out where the shipped one does.
    assert text_corrections.fits(("un giorno", "{n} giorni"), ("1 giorno", "in {n} giorni"))


def test_the_most_precise_rule_counts_for_a_station() -> None:
    rules = (
        SettingsRule("058091-PC-0001", {"session.idle_seconds": 60}),
        SettingsRule("*", {"session.idle_seconds": 120, "station.counter_hours": "8-12"}),
        SettingsRule("058091-*", {"session.idle_seconds": 90, "station.home_pages": ""}),
    )
    assert station_settings.faults(rules) == ()
    told = [
        steering(rules, name).values for name in ("058091-PC-0001", "058091-PC-0002", "kiosk-1")
    ]
    assert [one["session.idle_seconds"] for one in told] == [60, 90, 120]
    assert all(one["station.counter_hours"] == "8-12" for one in told)


def test_what_is_out_of_bounds_or_unknown_is_left_out_and_named() -> None:
    rules = (
        SettingsRule(
            "*",
            {
                "session.idle_seconds": 5,
                "counter.shift_seconds": 3600,
                "devices.camera": "http://elsewhere",
                "station.home_pages": "javascript:alert(1)",
            },
        ),
    )
    told = steering(rules, "kiosk-1")
    assert told.values == {"counter.shift_seconds": 3600}
    assert told.unfit == ("devices.camera", "session.idle_seconds", "station.home_pages")
    assert len(station_settings.faults(rules)) == 3
    assert station_settings.shape_faults(rules) == ()


@pytest.mark.parametrize("who", ["", "058091 *", "*-PC-0001", "a" * 40, "058091-**"])
def test_a_rule_names_stations(who: str) -> None:
    assert station_settings.shape_faults((SettingsRule(who, {}),))
