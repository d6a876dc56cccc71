"""Whatever administrators do in whatever order: one card a person, and the roster says what is so."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.hub.console import derivation, production
from sync.hub.store import cards, operators, users
from sync.hub.store.database import Store
from sync.hub.store.operators import Source
from sync.model.console import UserAction, UserReason
from sync.model.smart_cards import CardState
from sync.model.users import Profile, UserState
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.town import Town
from tests.unit.hub.stations import codice_fiscale

PEOPLE = (1, 2, 3)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from((ROME, TURIN)),
        st.sampled_from(("insert", "deliver", *UserAction)),
        st.sampled_from((UserReason.ORDER, UserReason.THEFT)),
    ),
    max_size=60,
)


def step(town: Town, person: int, comune: str, what: str | UserAction, reason: UserReason) -> None:
    code = codice_fiscale(person)
    known, card = users.of(town.store, comune, code), cards.of_person(town.store, code)
    if what == "insert":
        if known is None:
            profile = Profile.ALS if person == PEOPLE[0] else Profile.ENROLMENT
            town.insert(person, profile, comune=comune)
    elif what == "deliver":
        if card is not None and card.state is CardState.REQUESTED:
            production.deliver(town.store, [town.delivery(person)])
    elif isinstance(what, UserAction) and known is not None:
        serial = "" if card is None or card.serial is None else card.serial
        town.act(person, what, comune=comune, reason=reason, serial=serial)


def check(town: Town) -> None:
    lines = set()
    for person in PEOPLE:
        code = codice_fiscale(person)
        card = cards.of_person(town.store, code)
        for user in users.of_person(town.store, code):
            line = derivation.current(town.store, user, card, town.console.offices)
            opens = (
                card is not None
                and card.state is CardState.ACTIVE
                and user.state is UserState.ACTIVE
                and derivation.is_adopted(town.store, user, card)
            )
            assert (line is not None) == opens
            if line is not None:
                lines.add((line.entry.thumbprint, line.entry.comune, line.entry.rights))
        if not users.of_person(town.store, code):
            assert card is None, "nobody's card is known by a name"
    found = {
        (one.entry.thumbprint, one.entry.comune, one.entry.rights)
        for one in operators.in_force(town.store, Source.CONSOLE)
    }
    assert found == lines
    several = town.store.rows(
        "SELECT codice_fiscale FROM smart_card WHERE state <> 'disabilitata'"
        " GROUP BY codice_fiscale HAVING count(*) > 1"
    )
    assert several == [], "one person, one card (R-004-20)"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_roster_says_what_users_and_cards_say_after_any_acts(
    steps: list[tuple[int, str, str | UserAction, UserReason]],
) -> None:
    with tempfile.TemporaryDirectory(prefix="any-order-") as folder:
        store = Store.open(Path(folder) / "registry.db")
        try:
            town = Town(store)
            for one in steps:
                step(town, *one)
                check(town)
        finally:
            store.close()
