"""Certificates, smart cards and users: every pair of state and event, allowed and forbidden."""

from __future__ import annotations

from itertools import product

import pytest

from sync.model import certificates, smart_cards, users
from sync.model.certificates import CertificateEvent, CertificateKind, CertificateState
from sync.model.errors import Problem
from sync.model.smart_cards import CardCertificateState, CardEvent, CardState
from sync.model.users import UserEvent, UserState

CERTIFICATES = {
    "requested": {"generate": "issued", "cancel": "revoked"},
    "issued": {"install": "active", "cancel": "revoking"},
    "active": {"block": "blocked", "cancel": "revoking"},
    "blocked": {"unblock": "active", "cancel": "revoking"},
    "revoking": {"publish": "revoked"},
    "revoked": {},
}
CARDS = {
    "requested": {"deliver": "at_prefettura", "delete_user": "disabled"},
    "at_prefettura": {"hand_over": "handed_over", "delete_user": "disabled"},
    "handed_over": {"register": "active", "delete_user": "disabled"},
    "active": {"block": "blocked", "replace": "disabled", "delete_user": "disabled"},
    "blocked": {"unblock": "active", "replace": "disabled", "delete_user": "disabled"},
    "disabled": {},
}
USERS = {
    "active": {"block": "blocked", "delete": "deleted"},
    "blocked": {"unblock": "active", "delete": "deleted"},
    "deleted": {},
}


@pytest.mark.rule("R-004-12", "R-004-13", "R-004-15", "R-004-18", "C-004-1")
@pytest.mark.parametrize(("state", "event"), list(product(CertificateState, CertificateEvent)))
def test_a_certificate_goes_only_where_the_table_leads(
    state: CertificateState, event: CertificateEvent
) -> None:
    after = CERTIFICATES[state.name.lower()].get(event.name.lower())
    expected: object = Problem("certificate.forbidden", rule="R-004-15")
    if after is not None:
        expected = CertificateState[after.upper()]
    assert certificates.advance(state, event) == expected


@pytest.mark.rule("R-004-21", "R-004-23", "R-004-24", "R-004-31", "R-004-35", "R-004-36")
@pytest.mark.parametrize(("state", "event"), list(product(CardState, CardEvent)))
def test_a_card_goes_only_where_the_table_leads(state: CardState, event: CardEvent) -> None:
    after = CARDS[state.name.lower()].get(event.name.lower())
    expected: object = Problem("card.forbidden", rule="R-004-21")
    if after is not None:
        expected = CardState[after.upper()]
    assert smart_cards.advance(state, event) == expected


@pytest.mark.rule("R-004-30", "R-004-31", "R-004-32")
@pytest.mark.parametrize(("state", "event"), list(product(UserState, UserEvent)))
def test_a_user_goes_only_where_the_table_leads(state: UserState, event: UserEvent) -> None:
    after = USERS[state.name.lower()].get(event.name.lower())
    expected: object = Problem("user.forbidden", rule="R-004-31")
    if after is not None:
        expected = UserState[after.upper()]
    assert users.advance(state, event) == expected


@pytest.mark.rule("R-004-12")
def test_the_filter_has_its_six_states_in_their_order() -> None:
    assert [state.value.upper() for state in CertificateState] == [
        "RICHIESTA IN LAVORAZIONE",
        "EMESSO",
        "ATTIVO",
        "BLOCCATO",
        "REVOCA IN LAVORAZIONE",
        "REVOCATO",
    ]


@pytest.mark.rule("R-004-24", "C-004-8")
def test_a_lost_card_ends_disabled_by_either_way() -> None:
    straight = smart_cards.advance(CardState.ACTIVE, CardEvent.REPLACE)
    blocked = smart_cards.advance(CardState.ACTIVE, CardEvent.BLOCK)
    assert isinstance(blocked, CardState)
    assert straight == smart_cards.advance(blocked, CardEvent.REPLACE) == CardState.DISABLED


@pytest.mark.rule("R-004-25")
def test_the_detail_tells_the_state_of_the_certificate_too() -> None:
    told = {state: smart_cards.certificate_state(state) for state in CardState}
    assert told == {
        CardState.REQUESTED: CardCertificateState.NOT_ISSUED,
        CardState.AT_PREFETTURA: CardCertificateState.ISSUED,
        CardState.HANDED_OVER: CardCertificateState.ISSUED,
        CardState.ACTIVE: CardCertificateState.ISSUED,
        CardState.BLOCKED: CardCertificateState.SUSPENDED,
        CardState.DISABLED: CardCertificateState.REVOKED,
    }


@pytest.mark.rule("R-004-8", "R-004-9")
def test_names_of_certificates() -> None:
    name = certificates.name_of("058091", CertificateKind.STATION, 1)
    assert name == "058091-PC-0001"
    assert certificates.kind_of(name) is CertificateKind.STATION
    assert certificates.comune_of(name) == "058091"
    assert certificates.name_of("999999", CertificateKind.STATION, 9999) == "999999-PC-9999"
    server = certificates.name_of("058091", CertificateKind.SERVER, 1)
    assert server == "058091-CO-9999"
    assert certificates.kind_of(server) is CertificateKind.SERVER
    for none in ("", "58091-PC-0001", "058091-PC-1", "058091-CO-0000", "058091-PC-0001\n"):
        assert certificates.kind_of(none) is None
        assert certificates.comune_of(none) == ""
    for comune, number in (("058091", 0), ("058091", 10_000), ("L219", 1)):
        with pytest.raises(ValueError, match="name"):
            certificates.name_of(comune, CertificateKind.STATION, number)


@pytest.mark.rule("R-004-13")
@pytest.mark.parametrize("label", ["", "Sportello 1", "Caffè", "x" * 40])
def test_a_label_is_short_and_plain(label: str) -> None:
    assert certificates.label_problem(label) is None


@pytest.mark.rule("R-004-13")
@pytest.mark.parametrize(
    "label", ["x" * 41, " a", "a ", "a-b", "a/b", "a\n", "a<b", "a\u202eb", "\u00d7", "\u00f7"]
)
def test_a_label_has_no_special_characters(label: str) -> None:
    problem = certificates.label_problem(label)
    assert problem is not None
    assert (problem.code, problem.field) == ("station.label", "label")
