"""Clocks that jump by ten years, under the whole link process (libfaketime)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.edge.outbox import OutboxState
from tests.emulated.services import Broker, LinkProcess
from tests.faults.edge.conftest import NAME, Kiosk
from tests.faults.edge.scripted_hub import ScriptedHub
from tests.workbench.pki import Site

FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")

pytestmark = pytest.mark.skipif(not FAKETIME.exists(), reason="libfaketime is not installed")


def environment(file: Path) -> dict[str, str]:
    return {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_NO_CACHE": "1",
    }


@pytest.mark.parametrize("jump", ["-3650d", "+3650d"])
def test_a_wrong_clock_keeps_nothing_from_arriving(
    direct_site: Site, broker: Broker, kiosk: Kiosk, tmp_path: Path, jump: str
) -> None:
    """By the clock no certificate is valid; that is known to be the clock's fault."""
    assert broker.running
    file = tmp_path / "time"
    file.write_text(jump)
    kiosk.record(5)
    with ScriptedHub(direct_site, NAME) as hub:
        with LinkProcess(direct_site, NAME, environment(file)):
            kiosk.wait_accepted(30)
        assert hub.up_to == 5


def test_a_clock_that_jumps_while_the_link_runs(
    direct_site: Site, broker: Broker, kiosk: Kiosk, tmp_path: Path
) -> None:
    """Retries go by the monotonic clock: no jump makes them wait for years."""
    file = tmp_path / "time"
    file.write_text("+0")
    with ScriptedHub(direct_site, NAME) as hub:
        with LinkProcess(direct_site, NAME, environment(file)):
            kiosk.record(3)
            kiosk.wait_accepted(30)
            for jump in ("-3650d", "+3650d", "-1d", "+0"):
                broker.kill()
                kiosk.wait_code("link.no-network")
                file.write_text(jump)
                kiosk.record(2)
                broker.start()
                kiosk.wait_accepted(30)
        assert hub.whole == list(range(1, 12))
    assert kiosk.states() == [OutboxState.ACCEPTED] * 11
