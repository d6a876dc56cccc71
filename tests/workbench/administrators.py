"""Administrators of a comune with cards, at the hub before it starts: nobody could let them in else."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sync.hub import rosters, settings, setup
from sync.hub.console import derivation
from sync.hub.store import cards, users
from sync.hub.store.cards import Card
from sync.hub.store.database import Store
from sync.hub.store.users import User
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserType
from tests.emulated.cards.cns_certificates import rsa_key
from tests.emulated.cards.cns_chip import ATHENA_2021, CnsChip
from tests.emulated.cards.holder import Holder
from tests.workbench.counter import hand_roster, operators_issuer
from tests.workbench.pki import Site

COMUNE: Final = "001272"
"""ISTAT code of the comune in which the workbench's offices stand."""
_ISSUED: Final[dict[int, bytes]] = {}


@dataclass(frozen=True, slots=True)
class Administrator:
    """A user of the console who does not exist.

    Attributes:
        surname, name, codice_fiscale: as the hub and the card have them.
        card: number of the card; another number is another card.
        profiles: which they hold.
        email: where letters go.
    """

    surname: str
    name: str
    codice_fiscale: str
    card: int
    profiles: Sequence[Profile]
    email: str

    @property
    def holder(self) -> Holder:
        """As the card names them."""
        return Holder(
            surname=self.surname.upper(),
            name=self.name.upper(),
            codice_fiscale=self.codice_fiscale,
        )

    @property
    def certificate(self) -> bytes:
        """DER; the same one for the same card in one run."""
        if self.card not in _ISSUED:
            _ISSUED[self.card] = operators_issuer().card_certificate(
                rsa_key(2048, self.card).public_key(), self.holder, policy=None
            )
        return _ISSUED[self.card]

    def chip(self) -> CnsChip:
        """Their card, to be put into a reader."""
        return CnsChip(ATHENA_2021, rsa_key(2048, self.card), self.certificate, self.holder)


PAOLA: Final = Administrator(
    "Verdi", "Paola", "VRDPLA80A41L219L", 70, (Profile.ALP,), "paola.verdi@comune.example"
)
UGO: Final = Administrator(
    "Neri", "Ugo", "NREGUO75A01L219N", 71, (Profile.ALS,), "ugo.neri@comune.example"
)
CARLA: Final = Administrator(
    "Esposito",
    "Carla",
    "SPSCRL85A41L219X",
    72,
    (Profile.ENROLMENT, Profile.MUTATION),
    "carla.esposito@comune.example",
)


def put_administrators(
    site: Site, people: Iterable[Administrator], stations: Iterable[str]
) -> None:
    """Enters users with active cards, and hands the roster that comes of it to the stations."""
    loaded = settings.load(site.hub_dir)
    keys = setup.load_keys(loaded)
    store = Store.open(loaded.registry_path)
    now = time.time_ns() // 1_000_000
    try:
        with store.transaction():
            codes = [_put(store, one, now) for one in people]
            derivation.renew(store, loaded.offices, codes, now)
        rosters.sign_due(loaded, store, keys.signing)
    finally:
        store.close()
    for name in stations:
        hand_roster(site, site.stations[name])


def _put(store: Store, one: Administrator, now: int) -> str:
    users.add(
        store,
        User(
            COMUNE,
            one.codice_fiscale,
            one.surname.upper(),
            one.name.upper(),
            one.email,
            "",
            UserType.ADMINISTRATOR,
            frozenset({Environment.PRODUCTION}),
            frozenset(one.profiles),
            inserted_at=now,
        ),
    )
    card = cards.add(
        store,
        Card(
            one.codice_fiscale,
            COMUNE,
            now,
            None,
            CardState.ACTIVE,
            serial=f"WB{one.card:06}",
            thumbprint=hashlib.sha256(one.certificate).digest(),
            certificate=one.certificate,
            registered_at=now,
        ),
    )
    cards.adopt(store, card, COMUNE, now)
    return one.codice_fiscale
