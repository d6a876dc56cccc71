"""What a counter needs beside a station: operators with cards, a roster, people in the registry."""

from __future__ import annotations

import csv
import secrets
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sync.hub import rosters, settings
from sync.hub.store import registrations
from sync.hub.store.database import Store
from sync.hub.store.registrations import Held
from sync.model.registration import Registration
from sync.model.rosters import Right
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import ATHENA_2021, PIN, CnsChip
from tests.emulated.cards.holder import Holder
from tests.workbench.authority import write_private
from tests.workbench.pki import Site

OPERATOR_PIN: Final = PIN
ALL_RIGHTS: Final = tuple(Right)
_ISSUED: Final[dict[tuple[str, int], bytes]] = {}


def operators_issuer() -> CnsIssuer:
    """The authority that issues the cards of the office's operators."""
    return CnsIssuer.make("Comune Inventato - CA Operatori", number=20)


@dataclass(frozen=True, slots=True)
class Clerk:
    """An operator who does not exist.

    Attributes:
        name: as roster and card have it.
        card: number of the card; another number is another card.
        office: the Ente.
        rights: what they may do.
        comuni: of their competence; empty for all.
        until: last day on which they may act.
    """

    name: str = "Anna Operatrice"
    card: int = 60
    office: str = "Comune di Esempio"
    rights: Sequence[Right] = ALL_RIGHTS
    comuni: Sequence[str] = ()
    until: date = datetime.now(UTC).date() + timedelta(days=300)

    @property
    def certificate(self) -> bytes:
        """DER; the same one for the same card in one run."""
        name = self.name, self.card
        if name not in _ISSUED:
            _ISSUED[name] = operators_issuer().card_certificate(
                rsa_key(2048, self.card).public_key(), common_name=self.name, policy=None
            )
        return _ISSUED[name]

    def chip(self) -> CnsChip:
        """Their card, to be put into a reader; its PIN is `OPERATOR_PIN`."""
        return CnsChip(ATHENA_2021, rsa_key(2048, self.card), self.certificate, Holder())


ANNA: Final = Clerk()
BRUNO: Final = Clerk(
    "Bruno Sportellista", 61, rights=(Right.REGISTER, Right.MANAGE), comuni=("L219",)
)


def make_counters(site: Site, stations: Iterable[str]) -> None:
    """Lets the hub tell these stations of the whole registry, and gives them the office's key.

    Before the hub starts.
    """
    office_key = secrets.token_bytes(32)
    with (site.hub_dir / settings.FILE).open("a", encoding="utf-8") as stream:
        for name in stations:
            stream.write(f"\n[counters.{name}]\noffices = []\ncomuni = []\n")
    for name in stations:
        write_private(site.stations[name] / "key" / "office.key", office_key)


def put_roster(site: Site, clerks: Iterable[Clerk], stations: Iterable[str]) -> None:
    """Puts a roster of these clerks in force at the hub and hands it to the stations."""
    folder = site.folder / "operators"
    folder.mkdir(exist_ok=True)
    lines = []
    for clerk in clerks:
        file = folder / f"{clerk.card}.der"
        file.write_bytes(clerk.certificate)
        rights = " ".join(right.value for right in clerk.rights)
        comuni = " ".join(clerk.comuni)
        lines.append([file.name, clerk.name, clerk.office, rights, comuni, str(clerk.until)])
    with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(rosters.COLUMNS)
        writer.writerows(lines)
    rosters.load(settings.load(site.hub_dir), folder / "roster.csv")
    for name in stations:
        hand_roster(site, site.stations[name])


def hand_roster(site: Site, station_dir: Path) -> None:
    """Carries the hub's roster to a station, as who looks after it would."""
    fresh = station_dir / "trust" / f"{rosters.FILE}.new"
    shutil.copyfile(site.hub_dir / "trust" / rosters.FILE, fresh)
    fresh.replace(station_dir / "trust" / rosters.FILE)


def put_registrations(site: Site, people: Iterable[Registration]) -> None:
    """Enters people into the hub's registry, as an import does. Before the hub starts."""
    store = Store.open(settings.load(site.hub_dir).registry_path)
    now = time.time_ns() // 1_000_000
    try:
        with store.transaction():
            registrations.add(store, [Held(person, now) for person in people])
    finally:
        store.close()
