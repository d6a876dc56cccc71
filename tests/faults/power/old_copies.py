"""Copies of a disk that come back: an old hub beside the new one, an old station, two of one name.

Of one recording two disks are laid, an older and a newer one, and their halves are put together in
the ways in which people do: a hub restored from an old copy, a station's card written back, a card
copied. What can be mended must be mended, and what cannot must be told at both ends: never is a
second history taken silently, and never is a number gone that the hub acknowledged.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sync.edge.trouble import StoreTrouble
from sync.hub import ingest
from sync.hub.store import alarms, registrations
from tests.emulated.power import recording
from tests.emulated.power.recording import Cut
from tests.faults.power import campaign, judging
from tests.faults.power.campaign import Outcome
from tests.faults.power.ends import HUB_PART, STATION_PART, HubEnd, NotStoredError, StationEnd, talk
from tests.faults.power.judging import Said

_STRANGERS: Final = 800
"""People from this index on come to a copy only."""

_TOLD: Final = frozenset({ingest.FORK, ingest.KNOWS_LESS, ingest.BROKEN})


def play(scratch: Path, library: Path, pairs: int, seed: int) -> Outcome:
    """So many pairs of disks of one recording, in the new folder `scratch`."""
    subject = campaign.exchange(30, secures=False)
    folder, log = scratch / "site", scratch / "log"
    subject.prepare(folder)
    recorded = recording.record(subject.command(folder, seed), folder, library=library, log=log)
    outcome = Outcome("old copies", told=len(recorded.told), syncs=recorded.syncs)
    dice = random.Random(seed)
    older, newer, steps = scratch / "older", scratch / "newer", 0
    while outcome.cuts < pairs:
        for one in recorded.cuts(pairs * 8, dice):
            if not older.exists():
                one.lay(older)
                steps = dice.randint(1, 14)
            elif steps:
                steps -= 1
            else:
                name, judge = dice.choice(_WAYS)
                one.lay(newer)
                outcome.add(one, name, _judged(judge, older, newer, one))
                shutil.rmtree(older)
                shutil.rmtree(newer)
        shutil.rmtree(older, ignore_errors=True)
    return outcome


def _judged(
    judge: Callable[[Path, Path, Said], list[str]], older: Path, newer: Path, cut: Cut
) -> list[str]:
    try:
        return judge(older, newer, Said.of(cut.told))
    except NotStoredError as error:
        return [f"not stored: {error}"]


def _old_hub(older: Path, newer: Path, said: Said) -> list[str]:
    """An old hub answers for a while, and then the newer one again: both have all of it."""
    station = StationEnd.open(newer / STATION_PART)
    old, new = HubEnd.open(older / HUB_PART), HubEnd.open(newer / HUB_PART)
    try:
        numbers = {number for number, _ in said.people.values()}
        broken = []
        for index, hub in enumerate((old, new, old, new), _STRANGERS):
            numbers.add(station.record(index).registration_number)
            talk(station, hub)
            broken += judging.together(station, hub, numbers)
        return broken
    finally:
        station.close()
        old.close()
        new.close()


def _old_station(older: Path, newer: Path, said: Said) -> list[str]:
    """A station's card is written back: it records nothing that the hub has under another hash."""
    return _second_history(older / STATION_PART, newer / HUB_PART, said)


def _copied_station(older: Path, newer: Path, said: Said) -> list[str]:
    """A copy of a station's card records; then the station itself comes to the same hub."""
    _second_history(older / STATION_PART, newer / HUB_PART, said)
    return _second_history(newer / STATION_PART, newer / HUB_PART, said)


def _second_history(station_dir: Path, hub_dir: Path, said: Said) -> list[str]:
    station, hub = StationEnd.open(station_dir), HubEnd.open(hub_dir)
    try:
        try:
            station.record(_STRANGERS)
            talk(station, hub)
        except NotStoredError as error:
            if str(error) not in {"store.forked", "store.behind-hub"}:
                return [f"an old copy: {error}"]
            is_at_odds = True
        else:
            is_at_odds = False
        return [*_visible(station, hub, is_at_odds=is_at_odds), *judging.at_hub(hub, said)]
    finally:
        station.close()
        hub.close()


def _visible(station: StationEnd, hub: HubEnd, *, is_at_odds: bool) -> list[str]:
    """Two histories are told at both ends, and stop the one that is not the hub's."""
    raised = {alarm.code for alarm in alarms.alarms(hub.store)}
    held = [one.number for one in registrations.registrations(hub.store)]
    broken = ["a number is held twice"] if len(set(held)) != len(held) else []
    if not is_at_odds:
        return broken
    if not raised & _TOLD:
        broken.append("the hub raised no alarm of a second history")
    standing = station.store.standing()
    if isinstance(standing, StoreTrouble) or standing.trouble is None:
        broken.append("the station does not know that it is at odds")
    try:
        station.record(_STRANGERS + 1)
    except NotStoredError:
        return broken
    return [*broken, "a station at odds goes on recording"]


_WAYS: Final = (
    ("old hub beside the new one", _old_hub),
    ("station put back to an old copy", _old_station),
    ("two stations of one name", _copied_station),
)
