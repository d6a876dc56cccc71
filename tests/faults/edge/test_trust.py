"""A hub's key that was withdrawn: its word counts no more, with nothing restarted."""

from __future__ import annotations

import time

import pytest

from sync.edge.link import loop
from sync.wire import trust
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.services import wait_until
from tests.faults.edge.conftest import Kiosk
from tests.faults.edge.scripted_hub import ScriptedHub


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "TICK_SECONDS", 0.2)


@pytest.mark.usefixtures("link")
def test_a_withdrawn_key_counts_no_more(kiosk: Kiosk, hub: ScriptedHub) -> None:
    kiosk.record(2)
    kiosk.wait_accepted()
    old = kiosk.profile.hub_trust()
    assert isinstance(old, HubTrust)
    new = SoftwareSigner.generate()
    root = SoftwareSigner.from_pem((hub._site.authority_dir / "root.key").read_bytes())
    renewed = HubTrust(old.version + 1, old.issued + 1, (new.verifying_key,), old.sealing)
    fresh = kiosk.profile.trust_list.with_suffix(".new")
    fresh.write_bytes(trust.sign(renewed, root))
    fresh.replace(kiosk.profile.trust_list)
    wait_until(lambda: kiosk.store.trust_version() == renewed.version, 10, "the new list is taken")
    kiosk.record(1)
    wait_until(lambda: hub.up_to == 3, 10, "the third arrives")
    time.sleep(0.5)
    assert kiosk.standing().watermark == 2
    hub.signer = new
    kiosk.wait_accepted()
    assert kiosk.standing().watermark == 3
