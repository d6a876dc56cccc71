"""A hub that burns down, keys that are replaced in service, a station that was copied: over the wire."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.edge import station
from sync.edge.journal import Journal
from sync.edge.link.status import read_link_status
from sync.edge.outbox import Outbox, OutboxState
from sync.edge.store import Store as EdgeStore
from sync.edge.trouble import StoreTrouble
from sync.edge.wakeup import Role, WakeUp
from sync.hub import __main__ as program
from sync.hub import backup
from sync.hub.store import alarms, backups, chains, registrations
from sync.hub.store.database import Store
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import HubProcess, LinkProcess, wait_until
from tests.story.hub.test_with_link import NAME, Kiosk, kiosk
from tests.workbench.pki import Site

__all__ = ["kiosk"]  # a fixture


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on another file system than the hub's: in memory, taken for a disk."""
    monkeypatch.setattr(backup, "_in_memory", lambda _path: False)
    made = Path(tempfile.mkdtemp(prefix="sportello-away-", dir="/dev/shm"))
    yield made
    shutil.rmtree(made)


def run(*words: str | Path) -> None:
    assert program.main([str(word) for word in words]) == 0


def held(site: Site) -> int:
    with closing(Store.open_reader(site.hub_dir / "registry.db")) as store:
        return len(registrations.registrations(store))


def codes(site: Site) -> list[str]:
    with closing(Store.open_reader(site.hub_dir / "registry.db")) as store:
        return [alarm.code for alarm in alarms.alarms(store)]


def test_a_lost_hub_is_rebuilt_from_its_backup_and_its_stations(
    site: Site, hub: HubProcess, kiosk: Kiosk, away: Path
) -> None:
    recovery, public = away / "recovery.pem", away / "recovery.pub"
    run("recovery-key", "--private", recovery, "--public", public)
    with LinkProcess(site, NAME):
        for person in range(1, 4):
            kiosk.record(person)
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 3)
        run("backup", "--into", away, "--recovery-key", public, "--hub-dir", site.hub_dir)
        kiosk.record(4)
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 4)
        # The station has heard what is secured.
        with closing(Store.open_reader(site.hub_dir / "registry.db")) as store:
            assert chains.stations(store)[0].secured_seq == 3
        hub.kill()
        for lost in site.hub_dir.iterdir():
            shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
        kiosk.record(5)  # nobody at the counter notices
        (made,) = away.glob("*.backup")
        run("restore", "--from", made, "--recovery-key", recovery, "--hub-dir", site.hub_dir)
        assert held(site) == 3
        hub.start()
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 5)
        wait_until(lambda: held(site) == 5, 30, "what came after the backup")
    with closing(Store.open_reader(site.hub_dir / "registry.db")) as store:
        (rebuilt,) = [one for one in backups.rebuilt(store) if one.station == NAME]
    assert (rebuilt.before, rebuilt.again, rebuilt.missing) == (3, 2, 0)
    assert codes(site) == []


def test_a_new_signing_key_is_taken_over_in_service(
    site: Site, hub: HubProcess, kiosk: Kiosk
) -> None:
    root = ("--root-key", site.authority_dir / "root.key", "--hub-dir", site.hub_dir)
    end = [str(word) for word in ("rotate", "signing", "end", *root)]
    profile_list = site.stations[NAME] / "trust" / "hub.cose"
    with LinkProcess(site, NAME):
        kiosk.record(1)
        kiosk.wait_for(OutboxState.ACCEPTED)
        run("rotate", "signing", "begin", *root)
        shutil.copy(site.hub_dir / "trust" / "hub.cose", profile_list)
        run("rotate", "signing", "switch", "--anyway", "--hub-dir", site.hub_dir)
        hub.kill()
        hub.start()
        kiosk.record(2)
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 2)
        # The hub signs its own lists again by itself.
        wait_until(lambda: program.main(end) == 0, 60, "every list under the new key")
        run("rotate", "sealing", "begin", "--hub-dir", site.hub_dir)
        hub.kill()
        hub.start()
        run("rotate", "sealing", "switch", *root)
        kiosk.record(3)  # sealed to the key before: the station has not heard
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 3)
    assert held(site) == 3


def test_a_copied_station_is_a_fork_at_its_next_message(
    site: Site, hub: HubProcess, kiosk: Kiosk, tmp_path: Path
) -> None:
    assert hub.running
    folder = site.stations[NAME]
    with LinkProcess(site, NAME):
        kiosk.record(1)
        kiosk.wait_for(OutboxState.ACCEPTED)
    copy(folder, tmp_path / "copy")  # a disk image, an evening's work for a thief
    with LinkProcess(site, NAME):
        kiosk.record(2)
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 2)
    kiosk.store.close()
    shutil.rmtree(folder)
    (tmp_path / "copy").rename(folder)
    restored = reopened(site)
    try:
        with LinkProcess(site, NAME):
            wait_until(lambda: "station.knows-less" in codes(site), 20, "the first message")
            # The station itself finds that the hub knows more of it than it does, and stops.
            wait_until(lambda: trouble(restored) == "store.behind-hub", 20, "the station's stop")
    finally:
        restored.wake.close()
        restored.store.close()
    assert held(site) == 2


def test_a_clone_that_records_on_is_a_fork_and_nothing_of_it_counts(
    site: Site, hub: HubProcess, kiosk: Kiosk, tmp_path: Path
) -> None:
    assert hub.running
    folder = site.stations[NAME]
    with LinkProcess(site, NAME):
        kiosk.record(1)
        kiosk.wait_for(OutboxState.ACCEPTED)
    copy(folder, tmp_path / "copy")
    with LinkProcess(site, NAME):
        kiosk.record(2)
        kiosk.wait_for(*[OutboxState.ACCEPTED] * 2)
    kiosk.store.close()
    shutil.rmtree(folder)
    (tmp_path / "copy").rename(folder)
    clone = reopened(site)
    try:
        clone.record(99)  # off line, another history at the same place
        with LinkProcess(site, NAME):
            wait_until(lambda: "chain.fork" in codes(site), 30, "the fork's alarm")
            wait_until(lambda: trouble(clone) == "store.forked", 30, "the clone's stop")
    finally:
        clone.wake.close()
        clone.store.close()
    assert held(site) == 2


def copy(folder: Path, into: Path) -> None:
    """As a thief would, by another process: this one holds locks that closing a file gives up."""
    subprocess.run(["cp", "-a", folder, into], check=True)


def reopened(site: Site) -> Kiosk:
    """The station's folder as another program finds it."""
    profile = station.load(site.stations[NAME])
    trust = profile.hub_trust()
    assert isinstance(trust, HubTrust)
    store = EdgeStore.open(profile.store, station=NAME, code=profile.code)
    assert isinstance(store, EdgeStore)
    key = SoftwareSigner.from_pem((profile.folder / "key" / "signing.pem").read_bytes())
    journal = Journal(store, profile, signer=key, sealing_key=trust.sealing_key)
    return Kiosk(store, journal, Outbox(store), WakeUp(profile.store, Role.WINDOW))


def trouble(kiosk: Kiosk) -> str | None:
    standing = kiosk.store.standing()
    assert not isinstance(standing, StoreTrouble)
    assert read_link_status(kiosk.store) is not None
    return standing.trouble
