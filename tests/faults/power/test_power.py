"""Some hundred power cuts, and controls that they must find; `make faults` plays ten thousand."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated.power import recording
from tests.faults.controls import CONTROLS
from tests.faults.power import bare_sqlite, campaign, old_copies, server
from tests.faults.power.exchange import TELLS_EARLY

_CUTS = 80
_SEED = 20261123


@pytest.fixture(scope="module")
def library() -> Iterator[Path]:
    """Where a server's own user may read it."""
    with tempfile.TemporaryDirectory(prefix="sportello-recorder-", dir="/dev/shm") as folder:
        Path(folder).chmod(0o755)
        yield recording.build(Path(folder))


@pytest.fixture
def scratch() -> Iterator[Path]:
    """In memory, as the recorder decides what is on the disk; and open to a server's own user."""
    with tempfile.TemporaryDirectory(prefix="sportello-power-", dir="/dev/shm") as folder:
        yield Path(folder)


def test_no_cut_takes_back_what_was_said(scratch: Path, library: Path) -> None:
    found = campaign.play(campaign.exchange(people=20), scratch, library, _CUTS, _SEED)
    assert found.findings == []
    assert found.broken == 0
    assert found.cuts >= _CUTS
    assert found.syncs > 50


@pytest.mark.parametrize("control", [*CONTROLS, TELLS_EARLY])
def test_a_broken_promise_is_found(scratch: Path, library: Path, control: str) -> None:
    """A campaign that cannot find anything finds nothing."""
    found = campaign.play(campaign.exchange(6, control), scratch, library, 25, _SEED)
    assert found.broken > 0


@pytest.mark.parametrize("mode", bare_sqlite.MODES)
def test_the_harness_agrees_with_cuts_of_block_devices(
    scratch: Path, library: Path, mode: str
) -> None:
    found = campaign.play(bare_sqlite.subject(mode), scratch, library, 120, _SEED)
    assert (found.broken == 0) is (mode in bare_sqlite.DURABLE), found.findings


def test_a_registry_on_a_server_survives_too(scratch: Path, library: Path) -> None:
    found = campaign.play(server.subject(people=5), scratch, library, 6, _SEED)
    assert found.findings == []
    assert found.cuts >= 6


def test_old_copies_are_mended_or_told(scratch: Path, library: Path) -> None:
    found = old_copies.play(scratch, library, 15, _SEED)
    assert found.findings == []
    assert len(found.kinds) >= 3


def test_a_sync_that_failed_before_takes_nothing_with_it(scratch: Path, library: Path) -> None:
    """Seed and length are those that found a log with a hole before it."""
    found = campaign.play(campaign.exchange(12, fails=True), scratch, library, 60, 3)
    assert found.findings == []
