"""Some hundred power cuts, and controls that they must find; `make faults` plays ten thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulated.power import recording
from tests.faults.controls import CONTROLS
from tests.faults.power import bare_sqlite, campaign, server
from tests.faults.power.exchange import TELLS_EARLY

_CUTS = 100
_SEED = 20261123


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording.build(tmp_path_factory.mktemp("recorder"))


def test_no_cut_takes_back_what_was_said(tmp_path: Path, library: Path) -> None:
    found = campaign.play(campaign.exchange(people=20), tmp_path, library, _CUTS, _SEED)
    assert found.findings == []
    assert found.broken == 0
    assert found.cuts >= _CUTS
    assert found.syncs > 50


@pytest.mark.parametrize("control", [*CONTROLS, TELLS_EARLY])
def test_a_broken_promise_is_found(tmp_path: Path, library: Path, control: str) -> None:
    """A campaign that cannot find anything finds nothing."""
    found = campaign.play(campaign.exchange(6, control), tmp_path, library, 25, _SEED)
    assert found.broken > 0


@pytest.mark.parametrize("mode", bare_sqlite.MODES)
def test_the_harness_agrees_with_cuts_of_block_devices(
    tmp_path: Path, library: Path, mode: str
) -> None:
    found = campaign.play(bare_sqlite.subject(mode), tmp_path, library, 120, _SEED)
    assert (found.broken == 0) is (mode in bare_sqlite.DURABLE), found.findings


def test_a_registry_on_a_server_survives_too(tmp_path: Path, library: Path) -> None:
    found = campaign.play(server.subject(people=5), tmp_path, library, 6, _SEED)
    assert found.findings == []
    assert found.cuts >= 6
