"""The short form of `make theft`: a station's own parts on a disk of their own, and the search."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest

from kiosk.runtime.rosters import RosterBelief
from sync.edge.clock import uuid7
from sync.edge.journal import Recorded
from sync.edge.mirror import Mirror
from sync.edge.mirror.shelf import Shelf
from sync.edge.vault import Vault
from sync.model.rosters import OperatorEntry, Right, Roster
from sync.wire import roster
from tests.theft.__main__ import controls_found
from tests.theft.campaign import Taken
from tests.theft.image import DiskImage, disk_image
from tests.theft.search import findings, planted, spellings
from tests.unit.edge.mirror.material import T0, registration, told
from tests.unit.edge.stations import make_station, preregistration

KEY, SECRET = os.urandom(32), os.urandom(32)
VAULT = Vault(KEY)
CARD = b"a" * 32
CLERK = "Quothilde Nevermore"


@pytest.fixture
def disk() -> Iterator[DiskImage]:
    if os.geteuid():
        pytest.skip("mounting a disk needs root")
    with disk_image(64) as made:
        yield made


@pytest.mark.parametrize("spelling", planted("x" * 9))
def test_the_search_finds_what_is_spelt_otherwise(spelling: str) -> None:
    secret = "RSSMRA80A01H501U"
    content = os.urandom(5000) + planted(secret)[spelling] + os.urandom(5000)
    assert findings(content, {"code": secret})
    assert not findings(content, {"code": "BNCLRA92C55A944N"})


def test_bytes_are_searched_for_too() -> None:
    template = os.urandom(400)
    for spelt in (template, template.hex().encode()):
        assert findings(b"before" + spelt + b"behind", {"template": template})
    assert all(len(one) <= 96 for one in spellings(template))


@dataclass
class Bytes:
    """A disk that is bytes."""

    data: bytes = b""

    def content(self) -> bytes:
        return self.data


def test_digits_that_somebody_typed_are_found_and_those_of_a_program_are_not() -> None:
    disk = Bytes(b"a table: 70915283")
    taken = Taken(disk)  # type: ignore[arg-type]  # all that it asks of a disk
    taken.is_unused()
    disk.data += b"log: 3316402957 Nevermore"
    taken.must_not_hold("of somebody", "70915283", "3316402957", "Nevermore")
    assert sorted(one.what for one in taken.found()) == ["of somebody 1", "of somebody 2"]
    with pytest.raises(ValueError, match="used"):
        taken.is_unused()  # what was typed would count as a program's from here on


def test_no_secret_takes_the_place_of_another() -> None:
    taken = Taken(Bytes(b"the first"))  # type: ignore[arg-type]  # likewise
    taken.must_not_hold("of a page", "the first")
    taken.must_not_hold("of a page", "the first")
    with pytest.raises(ValueError, match="of a page 0"):
        taken.must_not_hold("of a page", "the second")


def test_the_search_finds_what_was_deleted(disk: DiskImage) -> None:
    found, of = controls_found(disk)
    assert found == of


def test_nothing_of_anybody_is_readable_on_the_disk(disk: DiskImage) -> None:
    """Records, roster, mirror; some of it acknowledged and destroyed; the power goes."""
    station = make_station(disk.folder / "station")
    profile, store = station.profile, station.store(vault=VAULT)
    journal = station.journal(store)
    for _ in range(70):
        done = journal.record(uuid7(time.time_ns() // 1_000_000), preregistration)
        assert isinstance(done, Recorded)
    store.acknowledge(66, 66, {}, data=b"", hub_time=5, sent_at=None, received_at=6, secured=66)
    while store.destroy_secured() is True:
        pass
    operator = OperatorEntry(
        CARD, CLERK, "Comune", frozenset({Right.REGISTER}), (), date(2027, 1, 1)
    )
    profile.roster_list.write_bytes(roster.sign(Roster(1, 1, (operator,)), station.hub.signer))
    disk.content()  # it came in clear, and was on the disk
    held = RosterBelief(profile, lambda: store, VAULT).current()
    assert isinstance(held, Roster)
    shelf = Shelf(disk.folder / "station" / "mirror", None, vault=VAULT)
    mirror = shelf.open_for(CARD, SECRET)
    assert isinstance(mirror, Mirror)
    mirror.question()
    assert mirror.take(told(registration()), now=T0) is None
    person = registration().person
    secrets: dict[str, str | bytes] = {
        "clerk": CLERK,
        "clerk, one name": "Nevermore",
        "person": person.codice_fiscale,
        "recorded": "RSSMRA80A01L219M",
        "e-mail": "mario.rossi@example.org",
        "street": "Via Garibaldi",
        "mirror's key": SECRET,
        "vault": KEY,
    }
    assert findings(disk.content(), secrets) == []
    assert findings(disk.content(), {"the station's own name": station.profile.name})
    shelf.close()
    store.close()
