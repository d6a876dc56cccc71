"""Signed lists at a station: taken, remembered, never rolled back; and what they say of it."""

from __future__ import annotations

import errno
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kiosk.enrolling import settings_writer
from kiosk.flows.station_facts import SignedList
from kiosk.runtime import signed_lists
from kiosk.runtime.signed_lists import ListShelf
from sync.edge import station
from sync.edge.enrolment import DeviceKeys
from sync.edge.link.trusting import Belief
from sync.edge.own_certificate import certificate_problem
from sync.edge.renewal import Renewal
from sync.edge.standing import StandingBook, StationStanding
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.model.certificates import CertificateKind
from sync.wire import enrolment_request, station_list, trust
from sync.wire.enrolment_answer import Issued
from sync.wire.signer import SoftwareSigner
from sync.wire.station_list import StationList
from tests.unit.edge.stations import NAME, make_station
from tests.unit.edge.test_enrolment import device_of, posting, requested_of
from tests.unit.hub.devices import DAY, NOW, Agency

TODAY = datetime.fromtimestamp(NOW / 1000, tz=UTC)


def enrolled(agency: Agency, folder: Path) -> tuple[StationProfile, DeviceKeys]:
    requested = requested_of(agency, folder)
    device, keys = device_of(folder)
    device.ask(requested, posting(agency))
    agency.approve(requested.station)
    agency.generate()
    issued = device.ask(requested, posting(agency))
    assert isinstance(issued, Issued)
    assert device.install(requested, issued, keys, settings_writer(folder)) is None
    return station.load(folder), keys


def signed(
    agency: Agency, version: int, issued: int = NOW, *, blocked: tuple[str, ...] = ()
) -> bytes:
    return station_list.sign(StationList(version, issued, blocked=blocked), agency.keys.signing)


@pytest.mark.rule("R-004-16")
def test_the_list_of_stations_blocks_this_one_and_brings_it_back(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, _keys = enrolled(agency, tmp_path / "device")
    store = Store.open(profile.store, station=profile.name, code=profile.code)
    assert isinstance(store, Store)
    book = StandingBook(profile.store, profile.name)
    shelf = ListShelf(profile, lambda: store, book)
    first = signed(agency, 1, NOW, blocked=(profile.name,))
    assert shelf.take(SignedList.STATIONS, first) == ""
    assert book.current() is StationStanding.BLOCKED
    assert shelf.take(SignedList.STATIONS, signed(agency, 2, NOW + 1)) == ""
    assert book.current() is StationStanding.GOOD
    # Rolled back, truncated, foreign: nothing changes.
    assert shelf.take(SignedList.STATIONS, first) == "station-list.rolled-back"
    assert shelf.take(SignedList.STATIONS, first[:-1]) == "station-list.malformed"
    stranger = station_list.sign(StationList(9, NOW), SoftwareSigner.generate())
    assert shelf.take(SignedList.STATIONS, stranger) == "station-list.foreign"
    assert shelf.held(SignedList.STATIONS) == 2
    # From the future: taken, and its age is not told.
    assert shelf.take(SignedList.STATIONS, signed(agency, 3, NOW + 40 * DAY)) == ""
    facts = {one.name: one for one in shelf.facts(TODAY)}
    assert (facts[SignedList.STATIONS].version, facts[SignedList.STATIONS].signed) == (3, None)
    assert isinstance(facts[SignedList.TRUST].signed, date)
    assert SignedList.ROSTER not in facts
    store.close()


@pytest.mark.rule("R-004-9")
@pytest.mark.rule("R-004-10")
def test_a_comunes_server_certificate_is_no_stations(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, _keys = enrolled(agency, tmp_path / "device")
    assert certificate_problem(profile) is None
    server = agency.register("Server", CertificateKind.SERVER)
    other = Agency.make(tmp_path / "other")
    assert server.endswith("CO-9999")
    theirs, _ = enrolled(other, tmp_path / "their-device")
    text = (tmp_path / "device" / "station.toml").read_text()
    (tmp_path / "device" / "station.toml").write_text(text.replace("PC-0001", "PC-0002"))
    wrong = certificate_problem(station.load(tmp_path / "device"))
    assert wrong is not None
    assert wrong.rule == "R-004-10"
    assert certificate_problem(theirs) is None
    (tmp_path / "device" / "station.toml").write_text(text.replace("PC-0001", "CO-9999"))
    with pytest.raises(station.ProfileError):
        station.load(tmp_path / "device")


@pytest.mark.rule("R-004-19")
def test_a_certificate_is_renewed_before_it_ends_and_after_months_too(tmp_path: Path) -> None:
    agency = Agency.make(tmp_path / "site")
    profile, keys = enrolled(agency, tmp_path / "device")
    clock = [NOW]
    renewal = Renewal(profile, keys, lambda: clock[0])
    assert not renewal.is_due()
    before = profile.tls_certificate.read_bytes()
    clock[0] = agency.now = NOW + 300 * DAY
    assert renewal.is_due()
    request = renewal.request()
    assert isinstance(request, bytes)
    hub = profile.hub_trust()
    answer = agency.answer(enrolment_request.seal(request, hub.sealing_key))  # type: ignore[union-attr]
    assert renewal.take(answer) == ""
    assert profile.tls_certificate.read_bytes() != before
    assert not renewal.is_due()
    clock[0] = agency.now = NOW + 900 * DAY  # switched off for months
    assert renewal.is_due()
    assert renewal.post("http://hub.example", posting(agency)) == ""
    assert not renewal.is_due()


def test_the_age_of_a_list_is_told_as_far_as_the_clocks_agree() -> None:
    signed_on, at = signed_lists.signed_on, datetime(2026, 11, 23, 10, tzinfo=UTC)
    noon = int(at.timestamp() * 1000)
    assert signed_on(noon - 3 * DAY, at) == date(2026, 11, 20)
    assert signed_on(noon + DAY // 2, at) == date(2026, 11, 23), "clocks differ a little"
    assert signed_on(noon + DAY + 1, at) is None
    assert signed_on(-(10**18), at) is None


class _Cut(BaseException):
    """The power goes."""


def _power_goes(*_: object, **__: object) -> None:
    raise _Cut


def _disk_is_full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "full")


@pytest.mark.parametrize("instant", ["before the file", "after the file"])
def test_a_power_cut_while_a_trust_list_is_taken_leaves_a_station_that_believes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: str
) -> None:
    """Otherwise it would believe no list and no answer of the hub any more, for ever."""
    made = make_station(tmp_path / "s")
    second = trust.sign(made.hub.trust(2), made.hub.root)
    store = made.store()
    shelf = ListShelf(made.profile, lambda: store, StandingBook(made.profile.store, NAME))
    if instant == "before the file":
        monkeypatch.setattr(signed_lists, "replace_file", _power_goes)
    else:
        monkeypatch.setattr(Store, "take_trust_version", _power_goes)
    with pytest.raises(_Cut):
        shelf.take(SignedList.TRUST, second)
    monkeypatch.undo()
    store.close()
    store = made.store()
    belief = Belief(made.profile, store)
    belief.renew()
    assert belief.code == ""
    there = 1 if instant == "before the file" else 2
    assert store.trust_version() == there  # whoever reads the file keeps its version
    shelf = ListShelf(made.profile, lambda: store, StandingBook(made.profile.store, NAME))
    first = station_list.sign(StationList(1, 1), made.hub.signer)
    assert shelf.take(SignedList.STATIONS, first) == ""
    assert shelf.take(SignedList.TRUST, second) == ""
    assert shelf.held(SignedList.TRUST) == 2
    old = trust.sign(made.hub.trust(1), made.hub.root)
    assert shelf.take(SignedList.TRUST, old) == "trust.rolled-back"
    store.close()


def test_a_full_disk_leaves_the_trust_list_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_station(tmp_path / "s")
    store = made.store()
    shelf = ListShelf(made.profile, lambda: store, StandingBook(made.profile.store, NAME))
    second = trust.sign(made.hub.trust(2), made.hub.root)
    monkeypatch.setattr(signed_lists, "replace_file", _disk_is_full)
    assert shelf.take(SignedList.TRUST, second) == "trust.absent"
    monkeypatch.undo()
    assert shelf.held(SignedList.TRUST) == 1
    assert shelf.take(SignedList.TRUST, second) == ""
    store.close()


def test_a_station_whose_trust_list_is_lost_takes_the_next_that_the_root_signed(
    tmp_path: Path,
) -> None:
    made = make_station(tmp_path / "s")
    store = made.store()
    shelf = ListShelf(made.profile, lambda: store, StandingBook(made.profile.store, NAME))
    assert store.take_trust_version(2) is None  # what is here is older than what was taken
    assert shelf.bounds() == "trust.rolled-back"
    assert shelf.take(SignedList.TRUST, trust.sign(made.hub.trust(1), made.hub.root)) != ""
    assert shelf.take(SignedList.TRUST, trust.sign(made.hub.trust(2), made.hub.root)) == ""
    assert shelf.held(SignedList.TRUST) == 2
    store.close()


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-16")
def test_a_station_that_was_turned_away_is_not_brought_back_by_an_old_list(
    tmp_path: Path,
) -> None:
    """The cable is pulled and it is started again: what lies here was signed before."""
    made = make_station(tmp_path / "s")
    store = made.store()
    book = StandingBook(made.profile.store, NAME)
    shelf = ListShelf(made.profile, lambda: store, book)
    first = station_list.sign(StationList(1, 1000), made.hub.signer)
    assert shelf.take(SignedList.STATIONS, first) == ""
    assert StandingBook(made.profile.store, NAME).turned_away()  # the link
    again = StandingBook(made.profile.store, NAME)
    shelf = ListShelf(made.profile, lambda: store, again)
    shelf.look()
    assert again.current() is StationStanding.REFUSED
    assert shelf.take(SignedList.STATIONS, first) == ""  # the same once more, by hand
    assert again.current() is StationStanding.REFUSED
    newer = station_list.sign(StationList(2, 2000), made.hub.signer)
    assert shelf.take(SignedList.STATIONS, newer) == ""
    assert again.current() is StationStanding.GOOD
    store.close()


@pytest.mark.rule("R-004-15")
def test_a_list_that_lies_here_may_still_block(tmp_path: Path) -> None:
    """It was put in place, and the power went before the station was told."""
    made = make_station(tmp_path / "s")
    store = made.store()
    book = StandingBook(made.profile.store, NAME)
    shelf = ListShelf(made.profile, lambda: store, book)
    data = station_list.sign(StationList(1, 1000, blocked=(NAME,)), made.hub.signer)
    shelf.path(SignedList.STATIONS).write_bytes(data)
    shelf.look()
    assert book.current() is StationStanding.BLOCKED
    store.close()
