"""Killed at any statement of SQLite while keys are made and destroyed: nothing is lost or undone."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from tests.unit.edge.stations import Station, make_station
from tests.workbench.pki import REPOSITORY

VAULT = Vault(bytes(32))
RECORDED = 6
SECURED = 4
CHILD = (
    f"RECORDED, SECURED = {RECORDED}, {SECURED}"
    """
import os, pathlib, signal, sys, uuid
from sync.edge import station
from sync.edge.journal import Journal
from sync.edge.store import Store, destroying, segments
from sync.edge.vault import Vault
from sync.wire.signer import SoftwareSigner
from tests.unit.edge.stations import preregistration

folder, die_at = pathlib.Path(sys.argv[1]), int(sys.argv[2])
segments.MOST_ENTRIES, destroying.AT_ONCE, steps = 2, 2, 0
profile = station.load(folder)

def step(*_):
    global steps
    steps += 1
    if steps == die_at:
        os.kill(os.getpid(), signal.SIGKILL)

store = Store.open(profile.store, station=profile.name, code=profile.code, vault=Vault(bytes(32)))
store._connection._raw.set_trace_callback(step)
signer = SoftwareSigner.from_pem((folder / "key" / "signing.pem").read_bytes())
trust = profile.hub_trust()
journal = Journal(store, profile, signer=signer, sealing_key=trust.sealing_key)
for number in range(1, RECORDED + 1):
    journal.record(uuid.UUID(int=number), preregistration)
    print("recorded", number, flush=True)
store.acknowledge(
    SECURED, SECURED, {}, data=b"", hub_time=1, sent_at=None, received_at=1, secured=SECURED
)
while store.destroy_secured() is True:
    pass
print("destroyed", flush=True)
store.close()
print("steps", steps, flush=True)
"""
)


def run(station: Station, die_at: int) -> list[str]:
    """What the child said before it was killed or ended."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(station.profile.folder), str(die_at)],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert done.returncode in {0, -9}, done.stderr
    return done.stdout.splitlines()


def inspect(station: Station, said: list[str]) -> None:
    """What was recorded is there; what is not destroyed opens; what is, is secured."""
    store = station.store(vault=VAULT)
    assert isinstance(store, Store)
    entries = store.entries(1, most=99)
    assert not isinstance(entries, StoreTrouble)
    recorded = sum(line.startswith("recorded") for line in said)
    assert recorded <= len(entries) <= recorded + 1
    for entry in entries:
        whole = hashlib.sha256(entry.envelope).digest() == entry.hash
        assert whole or (entry.envelope == b"" and entry.seq <= SECURED)
    if "destroyed" in said:
        assert [bool(entry.envelope) for entry in entries] == [False] * SECURED + [True] * 2
    while store.destroy_secured() is True:
        pass
    store.close()


def play(folder: Path, places: Iterable[int]) -> None:
    """Kill a station's program at each of these places; then it goes on, under whatever key."""
    for die_at in places:
        station = make_station(folder / f"at-{die_at}")
        inspect(station, run(station, die_at))
        inspect(station, run(station, 0))


def test_a_kill_at_some_statements_loses_nothing(tmp_path: Path) -> None:
    play(tmp_path, (20, 45, 70))


@pytest.mark.slow
def test_a_kill_at_any_statement_loses_nothing(tmp_path: Path) -> None:
    steps = int(run(make_station(tmp_path / "whole"), 0)[-1].split()[1])
    play(tmp_path, range(1, steps + 1))
