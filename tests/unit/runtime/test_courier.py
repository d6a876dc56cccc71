"""The window's side of a visit: lists that it wants go along, what comes of it is posted."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.flows.events import Event
from kiosk.flows.installer.events import MediumCarried
from kiosk.runtime.courier import Carrying
from kiosk.runtime.signed_lists import ListShelf
from sync.edge.standing import StandingBook
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire import courier, trust
from sync.wire.courier import CarriedAnswer
from tests.emulated.services import wait_until
from tests.unit.edge.stations import NAME, Station, make_station, preregistration

SESSION = uuid.UUID(int=7)


def carrying(
    station: Station, store: Store | StoreTrouble, media: Path, said: list[Event]
) -> Carrying:
    profile = station.profile
    shelf = ListShelf(profile, lambda: store, StandingBook(profile.store, NAME))
    return Carrying(profile, lambda: store, station.signer, None, shelf, media, said.append)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    mount = tmp_path / "stick"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "stick", mount], check=True)
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def test_a_visit_is_told_and_brings_lists(tmp_path: Path, stick: Path) -> None:
    station = make_station(tmp_path / "station")
    store, said = station.store(), list[Event]()
    try:
        station.journal(store).record(uuid.uuid4(), preregistration)
        begun = carrying(station, store, stick, said)
        begun.begin(SESSION)
        wait_until(lambda: bool(said), 20, "the end of the visit")
        assert said == [MediumCarried(SESSION, "", 1, 1)]
        (path,) = (stick / "SPORTELLO").glob("*.parcel")
        parcel = courier.open_parcel(path.read_bytes(), [station.hub.unsealing]).parcel
        assert parcel.lists["trust"] == 1
        assert "roster" not in parcel.lists  # nobody works here who would need it
        newer = trust.sign(station.hub.trust(2), station.hub.root)
        answer = CarriedAnswer(NAME, (), {"trust": newer, "roster": b"not wanted"})
        path.with_suffix(".answer").write_bytes(
            courier.seal_answer(answer, parcel.parcel_id, parcel.answer_key)
        )
        visit = begun.visit()
        assert visit.code == ""
        assert station.profile.trust_list.read_bytes() == newer
        assert store.trust_version() == 2
    finally:
        store.close()


def test_why_not_is_told(tmp_path: Path) -> None:
    station = make_station(tmp_path / "station")
    said: list[Event] = []
    trouble = StoreTrouble("store.damaged")
    carrying(station, trouble, tmp_path / "stick", said).begin(SESSION)
    wait_until(lambda: bool(said), 20, "the end of the visit")
    assert said == [MediumCarried(SESSION, "store.damaged")]
