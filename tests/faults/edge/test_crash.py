"""Power cuts and kill -9 between any two steps: what was said to be recorded is, once."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Recorded
from sync.edge.store import Store
from sync.hub.store import alarms, chains
from sync.hub.store.database import Store as HubStore
from sync.wire import envelope
from sync.wire.receipt import Accepted
from tests.emulated.services import Broker, HubProcess, LinkProcess
from tests.faults.edge.conftest import NAME, Kiosk
from tests.unit.edge.stations import make_station, preregistration
from tests.workbench.pki import REPOSITORY, Site

RECORDER = """
import os, pathlib, signal, sys, uuid
from sync.edge import station
from sync.edge.journal import Journal, Recorded
from sync.edge.store import Store
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.unit.edge.stations import preregistration

folder, die_at, first, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), *map(int, sys.argv[3:5])
profile = station.load(folder)
steps = 0

def step(*_):
    global steps
    steps += 1
    if steps == die_at:
        os.kill(os.getpid(), signal.SIGKILL)

class Mortal:
    protection = SoftwareSigner.protection
    def __init__(self, signer):
        self.signer, self.key_id = signer, signer.key_id
    def sign(self, message):
        step()
        signature = self.signer.sign(message)
        step()
        return signature

store = Store.open(profile.store, station=profile.name, code=profile.code)
assert isinstance(store, Store), store
# Every statement of SQLite, and the moments before and after each signature.
store._connection._raw.set_trace_callback(step)
signer = Mortal(SoftwareSigner.from_pem((folder / "key" / "signing.pem").read_bytes()))
trust = profile.hub_trust()
journal = Journal(store, profile, signer=signer, sealing_key=trust.sealing_key)
for number in range(first, first + count):
    def compose(position):
        step()
        made = preregistration(position)
        step()
        return made
    done = journal.record(uuid.UUID(int=number), compose)
    assert isinstance(done, Recorded), done
    step()
    print(number, done.seq, done.hash.hex(), done.registration_number, flush=True)
    step()
store.close()
print("end", steps, flush=True)
"""


def run(folder: Path, die_at: int, first: int, count: int) -> tuple[list[str], bool]:
    """What the recorder said before it died; whether it did."""
    done = subprocess.run(
        [sys.executable, "-c", RECORDER, str(folder), str(die_at), str(first), str(count)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.stdout.splitlines(), done.returncode != 0


def test_killed_between_any_two_steps_of_recording(tmp_path: Path) -> None:
    """Each time the caller repeats what it got no word of, and nothing is lost or doubled."""
    station = make_station(tmp_path / "station")
    folder = station.profile.folder
    said: dict[int, tuple[str, ...]] = {}
    next_number, step, deaths = 1, 1, 0
    while True:
        lines, died = run(folder, step, next_number, 2)
        for line in lines:
            word, *rest = line.split()
            if word != "end":
                assert said.setdefault(int(word), tuple(rest)) == tuple(rest)
        if not died:
            break
        deaths += 1
        step += 1
        next_number = max(said, default=0) + 1
    assert deaths >= 12
    store = station.store()
    entries = store.entries(1, most=1000)
    assert isinstance(entries, list)
    by_operation = {entry.operation_id.int: entry for entry in entries}
    assert len(by_operation) == len(entries)
    prev = envelope.genesis(NAME)
    for entry in entries:
        read = envelope.parse(entry.envelope)
        assert envelope.verify(read, station.signer.verifying_key)
        assert read.header.prev == prev
        prev = entry.hash
    for number, (seq, digest, registration_number) in said.items():
        entry = by_operation[number]
        assert (str(entry.seq), entry.hash.hex()) == (seq, digest)
        assert registration_number
    assert [entry.counter for entry in entries] == [entry.seq for entry in entries]
    # What was recorded without a word to the caller is found again, not made again.
    unsaid = [entry for entry in entries if entry.operation_id.int not in said]
    journal = station.journal(store)
    for entry in unsaid:
        again = journal.record(entry.operation_id, preregistration)
        assert isinstance(again, Recorded)
        assert again.again
    store.close()


def test_what_was_said_to_be_recorded_survives_any_kill(tmp_path: Path) -> None:
    """Killed at any instant, not at steps; the disk is as the kernel has it."""
    station = make_station(tmp_path / "station")
    said: dict[str, str] = {}
    for round_number in range(6):
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                RECORDER,
                str(station.profile.folder),
                "0",
                str(1 + round_number * 10**6),
                "100000",
            ],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 + 0.03 * round_number)
        process.kill()
        for line in process.stdout:
            words = line.split()
            if len(words) == 4:  # the last may be cut short
                said[words[0]] = words[2]
        process.wait(10)
        process.stdout.close()
    store = station.store()
    entries = store.entries(1, most=10**6)
    assert isinstance(entries, list)
    hashes = {str(entry.operation_id.int): entry.hash.hex() for entry in entries}
    assert len(said) > 50
    assert said.items() <= hashes.items()
    store.close()


def test_a_migration_that_is_cut_off_is_done_again(tmp_path: Path) -> None:
    """The store is made by a process that dies while it makes it."""
    station = make_station(tmp_path / "station")
    code = (
        "import os, signal, sys, pathlib\n"
        "from sync.edge import station\n"
        "from sync.edge.migrations import m0001_journal as first\n"
        "from sync.edge.store import Store\n"
        "profile = station.load(pathlib.Path(sys.argv[1]))\n"
        "whole = first._STATEMENTS\n"
        "class Cut(tuple):\n"
        "    def __iter__(self):\n"
        "        for number, statement in enumerate(whole):\n"
        "            if number == int(sys.argv[2]):\n"
        "                os.kill(os.getpid(), signal.SIGKILL)\n"
        "            yield statement\n"
        "first._STATEMENTS = Cut()\n"
        "Store.open(profile.store, station=profile.name, code=profile.code)\n"
    )
    for statement in (0, 1, 3, 8):
        done = subprocess.run(
            [sys.executable, "-c", code, str(station.profile.folder), str(statement)],
            cwd=REPOSITORY,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL
    store = station.store()
    assert isinstance(store, Store)
    assert isinstance(station.journal(store).record(uuid7(0), preregistration), Recorded)
    store.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_link_broker_and_hub_die_while_a_journal_drains(direct_site: Site, seed: int) -> None:
    """Against the real hub: every operation once, in order."""
    chance = random.Random(seed)
    kiosk = Kiosk.open(direct_site.stations[NAME])
    with (
        Broker(direct_site) as broker,
        HubProcess(direct_site) as hub,
        LinkProcess(direct_site, NAME) as link,
    ):
        for _ in range(6):
            kiosk.record(chance.randrange(1, 60))
            time.sleep(chance.uniform(0, 0.3))
            for victim in chance.sample([broker, hub, link], k=chance.randrange(1, 3)):
                victim.kill()
            time.sleep(chance.uniform(0, 0.3))
            for service in (broker, hub, link):
                if not service.running:
                    service.start()
        kiosk.wait_accepted(120)
    held = HubStore.open_reader(direct_site.hub_dir / "registry.db")
    count = len(kiosk.recorded)
    entries = chains.entries(held, NAME, 1, count + 10)
    assert [entry.hash for entry in entries] == [one.hash for one in kiosk.recorded]
    answers = chains.answers(held, NAME, 1, count)
    assert [answer.outcome for answer in answers] == [Accepted()] * count
    assert alarms.alarms(held) == []
    held.close()
    kiosk.close()
