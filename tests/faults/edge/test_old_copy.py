"""A store that was put back from an old copy: found out, told, and no silent second history."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sync.edge.outbox import OutboxState, WhoCanAct
from sync.edge.trouble import StoreTrouble
from sync.hub.store import alarms
from sync.hub.store.database import Store as HubStore
from tests.emulated.services import Broker, HubProcess, LinkProcess
from tests.faults.edge.conftest import NAME, Kiosk
from tests.workbench.pki import Site


@pytest.fixture
def copied(direct_site: Site, broker: Broker, tmp_path: Path) -> Site:
    """A site whose station recorded five, was copied, recorded five more and was put back."""
    assert broker.running
    folder = direct_site.stations[NAME]
    with HubProcess(direct_site), LinkProcess(direct_site, NAME):
        kiosk = Kiosk.open(folder)
        kiosk.record(5)
        kiosk.wait_accepted()
        kiosk.close()
    sockets = shutil.ignore_patterns("*.sock")
    shutil.copytree(kiosk.profile.store, tmp_path / "copy", ignore=sockets)
    with HubProcess(direct_site), LinkProcess(direct_site, NAME):
        kiosk = Kiosk.open(folder)
        kiosk.recorded = [kiosk.record(1)[0]] * 6
        kiosk.record(4)
        kiosk.wait_accepted()
        kiosk.close()
    shutil.rmtree(kiosk.profile.store)
    shutil.copytree(tmp_path / "copy", kiosk.profile.store)
    return direct_site


def test_found_out_before_anything_is_recorded(copied: Site) -> None:
    """The link asks where the hub stands as soon as it is connected."""
    kiosk = Kiosk.open(copied.stations[NAME])
    with HubProcess(copied), LinkProcess(copied, NAME):
        kiosk.wait_code("store.behind-hub")
        assert kiosk.try_record() == StoreTrouble("store.behind-hub")
        assert kiosk.standing().watermark == 5
    kiosk.close()
    # Also after a restart without a network.
    kiosk = Kiosk.open(copied.stations[NAME])
    assert kiosk.try_record() == StoreTrouble("store.behind-hub")
    kiosk.close()


@pytest.mark.parametrize("count", [3, 5, 8])
def test_found_out_when_it_recorded_before_it_could_ask(copied: Site, count: int) -> None:
    """Offline it cannot know. With the first answer it does, and the hub has seen the fork."""
    kiosk = Kiosk.open(copied.stations[NAME])
    kiosk.record(count)
    expected = "store.behind-hub" if count < 5 else "store.forked"
    with HubProcess(copied), LinkProcess(copied, NAME) as link:
        kiosk.wait_code(expected)
        assert "link.held" in link.log_end()
        assert kiosk.try_record() == StoreTrouble(expected)
        entries = kiosk.entries()
        assert [entry.state for entry in entries[:5]] == [OutboxState.ACCEPTED] * 5
        for entry in entries[5:]:
            assert entry.state is OutboxState.WAITING_HUB
            assert entry.why == expected
            assert entry.who_can_act == WhoCanAct.TECHNICIAN.value
    kiosk.close()
    held = HubStore.open_reader(copied.hub_dir / "registry.db")
    assert alarms.alarms(held) == [] or {alarm.code for alarm in alarms.alarms(held)} <= {
        "chain.fork"
    }
    held.close()
