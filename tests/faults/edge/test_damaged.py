"""A store that breaks on the disk, with the real link: made anew, and on behind the hub's chain."""

from __future__ import annotations

import os
from pathlib import Path

from sync.edge.journal import Recorded
from sync.edge.store import FILE_NAME
from sync.edge.store.marks import Marks
from sync.edge.trouble import StoreTrouble
from tests.emulated.services import Broker, LinkProcess, wait_until
from tests.faults.edge.conftest import NAME, Kiosk
from tests.faults.edge.scripted_hub import ScriptedHub
from tests.workbench.pki import Site

PAGE = 2048


def break_leaves(database: Path) -> None:
    """The newer half of the file is another's."""
    size = database.stat().st_size
    with database.open("r+b") as stream:
        stream.seek(size // 2 // PAGE * PAGE)
        stream.write(os.urandom(size - stream.tell()))


def test_it_goes_on_behind_the_hubs_chain_without_a_fork(direct_site: Site, broker: Broker) -> None:
    assert broker.running
    folder = direct_site.stations[NAME]
    kiosk = Kiosk.open(folder)
    with ScriptedHub(direct_site, NAME) as hub:
        try:
            with LinkProcess(direct_site, NAME):
                kiosk.record(30)
                kiosk.wait_accepted(60)
        finally:
            kiosk.close()
        assert Marks(kiosk.profile.store, NAME).read().handed == 30
        break_leaves(kiosk.profile.store / FILE_NAME)

        kiosk = Kiosk.open(folder)
        try:
            assert kiosk.try_record() == StoreTrouble("store.rebuilt")
            with LinkProcess(direct_site, NAME):
                wait_until(
                    lambda: isinstance(kiosk.try_record(), Recorded), 60, "it may record again"
                )
                wait_until(lambda: hub.up_to == 31, 60, "the hub has the new one")
            entries = kiosk.store.entries(31, most=5)
        finally:
            kiosk.close()
    assert isinstance(entries, list)
    assert [entry.seq for entry in entries] == [31]
    assert (kiosk.profile.store / "set-aside-1" / FILE_NAME).exists()


def test_a_store_that_breaks_under_the_link_is_let_go_of(direct_site: Site, broker: Broker) -> None:
    """The window finds it broken; the link, which has it open, makes room."""
    assert broker.running
    folder = direct_site.stations[NAME]
    kiosk = Kiosk.open(folder)
    with ScriptedHub(direct_site, NAME) as hub, LinkProcess(direct_site, NAME):
        try:
            kiosk.record(30)
            kiosk.wait_accepted(60)
        finally:
            kiosk.close()
        break_leaves(kiosk.profile.store / FILE_NAME)

        def is_mended() -> bool:
            try:
                found = Kiosk.open(folder)
            except AssertionError:
                return False
            try:
                return isinstance(found.try_record(), Recorded)
            finally:
                found.close()

        wait_until(is_mended, 60, "it may record again")
        wait_until(lambda: hub.up_to == 31, 60, "the hub has the new one")
