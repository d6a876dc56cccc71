"""Puts what the hub corrects in force while the window runs: texts, places, and what it may steer.

Texts are said, and places found, from the next page on. Settings count on papers at once, and on pages
when nobody is at the station: whoever is there keeps the times with which they began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kiosk import log_events
from kiosk.runtime.signed_lists import Correction
from kiosk.strings.catalogue import Catalogue
from sync.model import places
from sync.model.station_settings import SettingValue, steering
from sync.wire.settings_list import SettingsList
from sync.wire.texts_list import TextsList


class Corrections:
    """What corrections reach. For any thread.

    Args:
        station: the station's name.
        catalogues: say texts.
        steer: gets what the hub steers at this station, by the names of
            `sync.model.station_settings.STEERED`.
        reworded: gets the version of the texts that count, so that a page that stands is drawn anew.
    """

    def __init__(
        self,
        station: str,
        catalogues: Iterable[Catalogue],
        steer: Callable[[Mapping[str, SettingValue]], None],
        reworded: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._reworded = reworded
        self._station = station
        self._catalogues = tuple(catalogues)
        self._steer = steer

    def adopt(self, found: Correction) -> int:
        """Put a list in force, in place of any of its kind before.

        Returns:
            How many of its entries do not fit this program, and are left out.
        """
        match found:
            case SettingsList(rules=rules):
                told = steering(rules, self._station)
                self._steer(told.values)
                unfit = set(told.unfit)
            case TextsList(texts=texts):
                unfit = {key for one in self._catalogues for key in one.correct(texts)}
                self._reworded(found.version)
            case _:
                places.adopt(found.update)
                unfit = set()
        log_events.write(
            log_events.CORRECTED,
            list=type(found).__name__,
            version=found.version,
            unfit=len(unfit),
        )
        return len(unfit)
