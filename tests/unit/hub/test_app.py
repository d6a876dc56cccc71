"""A defect in one part: what it may stop, and what it may not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.hub import ingest as door
from sync.hub import intake, settings, setup
from sync.hub.app import Hub
from sync.hub.door import Delivery
from sync.hub.store import alarms
from sync.hub.store.database import Store
from sync.hub.writer import start
from sync.wire import receipt
from sync.wire.receipt import Acknowledgement
from sync.wire.trust import HubTrust
from tests.unit.hub.stations import Station, preregistration
from tests.workbench.pki import Site, make_site


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


@pytest.fixture
def hub(site: Site) -> Iterator[Hub]:
    loaded = settings.load(site.hub_dir)
    made = Hub(loaded, setup.load_keys(loaded))
    yield made
    made._door.close()
    made.intake.link.stop()
    made.intake.link.run()  # which ends at once and leaves nothing open


def broken(*_: object) -> None:
    raise ZeroDivisionError


def test_part_that_dies_ends_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-dead hub looks alive: it ends, and whoever watches it starts it anew."""
    monkeypatch.setattr(hub._audit, "run", broken)
    started = time.monotonic()
    assert hub.serve() == 1
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("where", ["read", "take"])
def test_message_at_which_the_hub_fails_is_not_acknowledged_and_stops_nothing(
    site: Site, hub: Hub, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    answers: list[bytes | None] = []
    monkeypatch.setattr(hub.intake.link, "answer", lambda _delivery, data: answers.append(data))
    thread = start("writer", hub.intake.writer.run)
    station = Station("kiosk-0001", 17, hub._keys.unsealing[0].sealing_key)
    station.record(preregistration(1))

    def receive(break_it: Callable[[pytest.MonkeyPatch], None] | None) -> None:
        with monkeypatch.context() as defect:
            if break_it is not None:
                break_it(defect)
            hub.intake.receive(Delivery("kiosk-0001", station.message(1, 1), 1, 1))
            hub.intake.writer.call(lambda _store: None)

    part: object = door if where == "read" else hub.intake.ingest
    receive(lambda defect: defect.setattr(part, where, broken))
    receive(None)
    hub.intake.writer.stop()
    thread.join(5)
    assert answers[0] is None
    store = Store.open_reader(site.hub_dir / "registry.db")
    found = {alarm.code: alarm.detail for alarm in alarms.alarms(store)}
    store.close()
    assert found[intake.FAILED] == "ZeroDivisionError"
    assert answers[1] is not None
    trust = HubTrust(
        1, 0, (hub._keys.signing.verifying_key,), (hub._keys.unsealing[0].sealing_key,)
    )
    assert isinstance(receipt.verify(answers[1], trust), Acknowledgement)
