"""Lists come as differences where the hub has them, whole where not; corrections count at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk import fitting
from kiosk.flows.station_facts import SignedList, StationFacts, warnings
from kiosk.runtime import signed_lists
from kiosk.runtime.corrections import Corrections
from kiosk.runtime.list_fetching import ListFetch
from kiosk.runtime.signed_lists import ListShelf
from kiosk.settings import SettingsError
from kiosk.strings.catalogue import Catalogue
from sync.edge.inquiries import HUB_AWAY, Asker, Trouble, Wait
from sync.edge.standing import StandingBook
from sync.edge.store import Store
from sync.model import places
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Denied, Done, Inquiry, Reply
from sync.model.place_rows import PlacesUpdate
from sync.model.station_settings import STEERED, SettingsRule, SettingValue, Whole
from sync.model.text_corrections import TextCorrection
from sync.wire import list_delta, places_list, settings_list, texts_list
from sync.wire.places_list import PlacesList
from sync.wire.settings_list import SettingsList
from sync.wire.signer import SoftwareSigner
from sync.wire.texts_list import TextsList
from tests.unit.edge.stations import NAME, Station, make_station
from tests.unit.test_settings import said

NOW = 1_800_000_000_000
ROWS = tuple(
    f"M{number:03}\t\tBorgo {number}\t\tTO\t2026-01-01\t\t\t" for number in range(900, 999)
)


@dataclass
class Hub:
    """Has one list, and answers as a hub does."""

    file: bytes = b""
    version: int = 0
    bases: dict[int, bytes] = field(default_factory=dict)
    knows_differences: bool = True
    spoils: Callable[[bytes], bytes] = lambda data: data
    part: int = 400
    asked: list[SignedListSince] = field(default_factory=list)
    told: int = 0

    def ask(
        self,
        inquiry: Inquiry,
        *,
        operator: Asker | None = None,
        seconds: float = 1.0,
        wait: Wait | None = None,
    ) -> Reply | Trouble:
        del operator, seconds, wait
        assert isinstance(inquiry, SignedListSince)
        self.asked.append(inquiry)
        if inquiry.delta and not self.knows_differences:
            return Denied("inquiry.malformed")
        if inquiry.version >= self.version:
            return Done()
        base = inquiry.version if inquiry.delta and inquiry.version in self.bases else 0
        data = self.file
        if base:
            old = list_delta.digests(list_delta.lines(self.bases[base]))
            data = self.spoils(list_delta.make(old, self.file))
        part = data[inquiry.offset : inquiry.offset + self.part]
        self.told += len(part)
        return SignedListPart(inquiry.name, self.version, inquiry.offset, len(data), part, base)

    def abandon(self, wait: Wait) -> None:
        wait.end()


@dataclass
class Desk:
    """A station with its shelf."""

    station: Station
    store: Store
    catalogue: Catalogue
    hub: Hub = field(default_factory=Hub)
    steered: list[Mapping[str, SettingValue]] = field(default_factory=list)

    def shelf(self) -> ListShelf:
        profile = self.station.profile
        corrections = Corrections(NAME, (self.catalogue,), self.steered.append)
        book = StandingBook(profile.store, profile.name)
        return ListShelf(profile, lambda: self.store, book, adopt=corrections.adopt)

    def places(self, version: int, rows: tuple[str, ...] = ROWS, at: int = NOW) -> bytes:
        update = PlacesUpdate(comuni=rows)
        return places_list.sign(PlacesList(version, at, update), self.station.hub.signer)

    def texts(self, version: int, *texts: TextCorrection) -> bytes:
        return texts_list.sign(TextsList(version, NOW, texts), self.station.hub.signer)

    def settings(self, version: int, values: Mapping[str, SettingValue]) -> bytes:
        rules = (SettingsRule("*", values),)
        return settings_list.sign(SettingsList(version, NOW, rules), self.station.hub.signer)

    def signs(self, version: int, data: bytes, base: bytes | None = None) -> None:
        self.hub.file, self.hub.version = data, version
        if base is not None:
            self.hub.bases[version - 1] = base


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = make_station(tmp_path / "station")
    store = made.store()
    catalogue = Catalogue.load("it", on_missing=lambda _: None)
    yield Desk(made, store, catalogue)
    store.close()
    places.adopt(PlacesUpdate())


def correction(italian: str, key: str = "welcome.title") -> TextCorrection:
    return TextCorrection(key, ((italian,), ("Hello",)))


def test_a_newer_list_comes_as_the_difference(desk: Desk) -> None:
    shelf = desk.shelf()
    fetch = ListFetch(shelf, desk.hub)  # type: ignore[arg-type]
    first = desk.places(1)
    desk.signs(1, first)
    assert fetch.fetch(SignedList.PLACES, Wait())
    assert shelf.held(SignedList.PLACES) == 1
    assert places.comune("M950") is not None
    second = desk.places(2, (*ROWS[1:], "M999\t\tBorgo Nuovo\t\tTO\t2026-01-01\t\t\t"))
    desk.signs(2, second, base=first)
    desk.hub.told = 0
    assert fetch.fetch(SignedList.PLACES, Wait())
    assert shelf.data(SignedList.PLACES) == second
    assert places.comune("M999") is not None
    assert places.comune("M900") is None, "no longer corrected"
    assert desk.hub.told * 5 < len(second)


@pytest.mark.parametrize("spoilt", [lambda data: data[:-1], lambda _: b"no difference"])
def test_a_difference_that_fits_nothing_is_followed_by_the_whole(
    desk: Desk, spoilt: Callable[[bytes], bytes]
) -> None:
    fetch = ListFetch(desk.shelf(), desk.hub)  # type: ignore[arg-type]
    first = desk.places(1)
    desk.signs(1, first)
    fetch.fetch(SignedList.PLACES, Wait())
    desk.signs(2, desk.places(2), base=first)
    desk.hub.spoils = spoilt
    assert fetch.fetch(SignedList.PLACES, Wait())
    assert desk.shelf().held(SignedList.PLACES) == 2


def test_a_hub_of_before_is_asked_for_the_whole(desk: Desk) -> None:
    shelf = desk.shelf()
    fetch = ListFetch(shelf, desk.hub)  # type: ignore[arg-type]
    desk.hub.knows_differences = False
    desk.signs(1, desk.places(1))
    assert fetch.fetch(SignedList.PLACES, Wait())
    desk.signs(2, desk.places(2))
    assert not fetch.fetch(SignedList.PLACES, Wait())
    assert fetch.fetch(SignedList.PLACES, Wait())
    assert shelf.held(SignedList.PLACES) == 2


def test_texts_are_said_from_now_on_and_after_a_restart(desk: Desk) -> None:
    shelf = desk.shelf()
    assert desk.catalogue.text("welcome.title") == "Benvenuto"
    assert shelf.take(SignedList.TEXTS, desk.texts(1, correction("Buongiorno"))) == ""
    assert desk.catalogue.text("welcome.title") == "Buongiorno"
    desk.catalogue = Catalogue.load("it", on_missing=lambda _: None)
    later = desk.shelf()
    later.adopt_held(SignedList.TEXTS)
    assert desk.catalogue.text("welcome.title") == "Buongiorno"
    assert later.take(SignedList.TEXTS, desk.texts(2)) == ""
    assert desk.catalogue.text("welcome.title") == "Benvenuto", "it is no longer corrected"


def test_forms_of_a_text_are_chosen_by_the_number(desk: Desk) -> None:
    forms = ("versione {version}, un giorno", "versione {version}, giorni: {n}")
    english = ("version {version}, one day", "version {version}, days: {n}")
    shelf = desk.shelf()
    shelf.take(SignedList.TEXTS, desk.texts(1, TextCorrection("signed-list.age", (forms, english))))
    assert desk.catalogue.text("signed-list.age", version=3, n=1) == "versione 3, un giorno"
    assert desk.catalogue.text("signed-list.age", version=3, n=4) == "versione 3, giorni: 4"


def test_what_does_not_fit_this_program_is_left_out_and_told(desk: Desk) -> None:
    shelf = desk.shelf()
    wrong = (correction("Che?", "no.such-text"), correction("Buongiorno"))
    assert shelf.take(SignedList.TEXTS, desk.texts(1, *wrong)) == ""
    assert desk.catalogue.text("welcome.title") == "Buongiorno"
    assert not desk.catalogue.has("no.such-text")
    now = datetime.fromtimestamp(NOW / 1000, tz=UTC)
    (told,) = [one for one in shelf.facts(now) if one.name is SignedList.TEXTS]
    assert (told.version, told.code) == (1, signed_lists.UNFIT)
    assert shelf.take(SignedList.TEXTS, desk.texts(2, correction("Salve"))) == ""
    (told,) = [one for one in shelf.facts(now) if one.name is SignedList.TEXTS]
    assert (told.version, told.code) == (2, "")


def test_no_correction_is_put_back_and_none_of_a_stranger_is_taken(desk: Desk) -> None:
    shelf = desk.shelf()
    old = desk.texts(1, correction("Buongiorno"))
    assert shelf.take(SignedList.TEXTS, desk.texts(2, correction("Buonasera"))) == ""
    assert shelf.take(SignedList.TEXTS, old) == "signed-list.rolled-back"
    stranger = texts_list.sign(TextsList(9, NOW, ()), SoftwareSigner.generate())
    assert shelf.take(SignedList.TEXTS, stranger) == "signed-list.foreign"
    assert shelf.take(SignedList.TEXTS, old[:-1]) == "signed-list.malformed"
    assert desk.catalogue.text("welcome.title") == "Buonasera"
    # Nor by who reaches the file: it is not believed, and asked for anew.
    shelf.path(SignedList.TEXTS).write_bytes(old)
    desk.catalogue = Catalogue.load("it", on_missing=lambda _: None)
    again = desk.shelf()
    again.adopt_held(SignedList.TEXTS)
    assert desk.catalogue.text("welcome.title") == "Benvenuto"
    assert again.held(SignedList.TEXTS) == 0


def test_lists_that_are_not_there_are_not_shown_and_none_grows_old(desk: Desk) -> None:
    shelf = desk.shelf()
    long_after = datetime.fromtimestamp(NOW / 1000 + 400 * 86_400, tz=UTC)
    names = {one.name for one in shelf.facts(long_after)}
    assert names.isdisjoint({SignedList.TEXTS, SignedList.PLACES, SignedList.SETTINGS})
    assert shelf.take(SignedList.PLACES, desk.places(1)) == ""
    facts = StationFacts(
        lists=tuple(one for one in shelf.facts(long_after) if one.name is SignedList.PLACES)
    )
    assert facts.lists[0].version == 1
    assert warnings(facts, long_after.date()) == ()
    # From the future: it counts, and its age is not told.
    assert shelf.take(SignedList.PLACES, desk.places(2, at=NOW + 90 * 86_400_000)) == ""
    (told,) = [
        one
        for one in shelf.facts(datetime.fromtimestamp(NOW / 1000, tz=UTC))
        if one.name is SignedList.PLACES
    ]
    assert (told.version, told.signed) == (2, None)


def test_a_list_that_cannot_be_written_leaves_the_one_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = desk.shelf()
    assert shelf.take(SignedList.TEXTS, desk.texts(1, correction("Buongiorno"))) == ""

    def full(_path: Path, _data: bytes) -> None:
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(signed_lists, "replace_file", full)
        code = shelf.take(SignedList.TEXTS, desk.texts(2, correction("Salve")))
    assert code == "signed-list.absent"
    assert desk.catalogue.text("welcome.title") == "Buongiorno"
    assert shelf.held(SignedList.TEXTS) == 1


def test_settings_are_steered_within_their_bounds(desk: Desk, tmp_path: Path) -> None:
    shelf = desk.shelf()
    shelf.take(
        SignedList.SETTINGS,
        desk.settings(1, {"session.idle_seconds": 30, "station.counter_hours": "8-12"}),
    )
    (told,) = desk.steered
    config = said(tmp_path, "session", "idle_seconds", "90")
    steered = fitting.steered(config, told)
    assert (steered.idle_seconds, steered.counter_hours) == (30, "8-12")
    assert steered.warning_seconds <= 25
    assert steered.office == config.office
    assert fitting.steered(config, {}) == config


@pytest.mark.parametrize(
    "name", [name for name, bounds in STEERED.items() if isinstance(bounds, Whole)]
)
def test_a_hub_steers_within_the_bounds_of_the_stations_own_file(tmp_path: Path, name: str) -> None:
    bounds = STEERED[name]
    assert isinstance(bounds, Whole)
    table, entry = name.split(".")
    if entry != "warning_seconds":  # its bound is the other one's value
        said(tmp_path, table, entry, str(bounds.largest))
    for wrong in (bounds.smallest - 1, bounds.largest + 1):
        assert not bounds.takes(wrong)
        with pytest.raises(SettingsError):
            said(tmp_path, table, entry, str(wrong))


def test_away_is_no_answer(desk: Desk) -> None:
    class Away(Hub):
        def ask(self, inquiry: Inquiry, **_: object) -> Reply | Trouble:
            del inquiry
            return Trouble(HUB_AWAY)

    assert not ListFetch(desk.shelf(), Away()).fetch(SignedList.TRUST, Wait())  # type: ignore[arg-type]
