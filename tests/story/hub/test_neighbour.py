"""A station without a way to the broker, and one beside it that has one."""

from __future__ import annotations

import re
from pathlib import Path

from sync.edge.outbox import OutboxState
from sync.hub.store import alarms, registrations
from sync.hub.store.database import Store
from tests.emulated.services import HubProcess, LinkProcess, MailServer, wait_until
from tests.story.hub.test_courier import Desk
from tests.workbench.pki import Site, free_ports

HELPER, NEEDY = "kiosk-0001", "kiosk-0002"


def settings(site: Site, name: str, table: str, *, broker: int | None = None) -> None:
    """Changes a station's settings."""
    path: Path = site.stations[name] / "station.toml"
    text = path.read_text()
    if broker is not None:
        text = re.sub(r"(?m)^port = \d+$", f"port = {broker}", text, count=1)
    path.write_text(f"{text}\n[neighbours]\n{table}\n")


def test_a_neighbour_passes_on_and_answers_come_back(
    site: Site, hub: HubProcess, mail: MailServer
) -> None:
    assert hub.running
    assert mail.running
    door, nowhere = free_ports(2)
    settings(site, HELPER, f'listen = "127.0.0.1:{door}"')
    settings(site, NEEDY, f'known = ["127.0.0.1:{door}"]', broker=nowhere)
    helper, needy = Desk(site, HELPER), Desk(site, NEEDY)
    helper.record(1)
    needy.record(11, 12)
    needy.record(13, email="ufficio@postacertificata.gov.it")
    with LinkProcess(site, HELPER), LinkProcess(site, NEEDY):
        wait_until(lambda: helper.states() == [OutboxState.ACCEPTED], 60, "the helper's own")
        expected = [OutboxState.ACCEPTED, OutboxState.ACCEPTED, OutboxState.REFUSED]
        wait_until(lambda: needy.states() == expected, 90, "the neighbour's")
        needy.record(14)
        wait_until(lambda: needy.states()[3:] == expected[:1], 90, "one more")
    reader = Store.open_reader(site.hub_dir / "registry.db")
    assert len(registrations.registrations(reader)) == 4
    assert alarms.alarms(reader) == []
    reader.close()
