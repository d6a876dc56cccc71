"""A person's fingers at the kiosk's sensor: laid down and lifted as the screen says."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Final

from tests.emulated.fingers.impressions import GOOD, Impression, everyday, impress
from tests.emulated.fingers.ridges import Skin, skins
from tests.emulated.usb.uru4000 import EmulatedUru4000
from tests.workbench.person import Person

RIGHT, LEFT = skins(2, seed=7)
"""A right and a left index finger that belong to nobody."""
_PAGES: Final = ("fingerprint.taking", "fingerprint.comparing", "readiness.testing")
_PATIENCE: Final = 40.0
_GLANCE: Final = 0.03


def give_finger(
    person: Person,
    sensor: EmulatedUru4000,
    skin: Skin = RIGHT,
    *,
    kinds: tuple[Impression, ...] = (GOOD,),
    meanwhile: Callable[[str], None] = lambda _phase: None,
) -> list[str]:
    """Do what the page says until it is done with this finger.

    Args:
        person: before the kiosk's window.
        sensor: on its bus.
        skin: the finger.
        kinds: how it is laid down, the last one for all that follow.
        meanwhile: called with each phase that is new.

    Returns:
        The phases that were seen, each once in a row.
    """
    seen: list[str] = []
    ways = itertools.chain(kinds, itertools.repeat(kinds[-1]))
    numbers = itertools.count(1)
    deadline = time.monotonic() + _PATIENCE
    while not person.screen().startswith(_PAGES):
        if time.monotonic() > deadline:
            raise TimeoutError(f"no finger is asked for on {person.screen()}")
        time.sleep(_GLANCE)
    while (page := person.screen()).startswith(_PAGES):
        asked = person.ask("finger")
        phase = asked[0] if asked else ""
        if phase and (not seen or seen[-1] != phase):
            seen.append(phase)
            if phase == "place":
                sensor.put_finger(impress(skin, everyday(next(numbers), next(ways))))
            elif phase == "lift":
                sensor.lift_finger()
            meanwhile(phase)
        if time.monotonic() > deadline:
            raise TimeoutError(f"{page} stays; it went {', '.join(seen)}")
        time.sleep(_GLANCE)
    sensor.lift_finger()
    return seen
