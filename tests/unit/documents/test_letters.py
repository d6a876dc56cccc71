"""The letters with a PIN or a code: what they say, and what a closed envelope shows of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from kiosk.documents import envelope
from kiosk.documents.envelope import Box
from kiosk.documents.letters import activation_code_letter, pin_letter, revocation_code_letter
from kiosk.documents.occasion import Occasion
from kiosk.documents.paper_settings import PaperSettings, WindowSide
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import OperationKind
from sync.model.letter_number import letter_number
from sync.model.registration import Registration
from tests.unit.documents.counter_samples import (
    ABROAD_ONE,
    CODE,
    FULL_ONE,
    LONGEST_ONE,
    OPERATION_ID,
    PIN,
    PLAIN_ONE,
    REFERENCE,
    USUAL,
    WIDEST_CODE,
    WITH_PIN,
)
from tests.unit.documents.pages import open_pdf, packed, picture, words
from tests.unit.documents.print_places import Word, words_of
from tests.unit.documents.samples import DECLARATION, LUCA, MODULE, OFFICE

Compose = Callable[[Occasion, bytearray, OfficeInfo, Catalogue, PaperSettings], bytes]
ITALIAN, ENGLISH = Catalogue.load("it"), Catalogue.load("en")
AT_HOME = PaperSettings(home="servizi.example.it/attiva")
LETTERS: list[tuple[Compose, OperationKind, bytes]] = [
    (pin_letter, OperationKind.RISCONTRO_FORTE, PIN),
    (activation_code_letter, OperationKind.RESET, WIDEST_CODE),
    (revocation_code_letter, OperationKind.REVOCA, CODE),
]
every_letter = pytest.mark.parametrize(
    ("compose", "operation", "secret"), LETTERS, ids=["pin", "activation", "revocation"]
)
every_side = pytest.mark.parametrize("side", list(WindowSide), ids=lambda side: side.value)

LONG_OFFICE = "Unione dei Comuni della Valle di Esempio Superiore e Inferiore, Ufficio Credenziali"

MARGIN = 10.0  # millimetres that a fold made by hand may be off, twice over


def composed(
    compose: Compose,
    operation: OperationKind,
    secret: bytes,
    catalogue: Catalogue = ITALIAN,
    papers: PaperSettings = AT_HOME,
    occasion: Occasion = USUAL,
) -> bytes:
    made = replace(occasion, operation=operation)
    return compose(made, bytearray(secret), OFFICE, catalogue, papers)


def secret_in(pdf: bytes, secret: bytes) -> list[Word]:
    """The words of the page that are the secret, or groups of it."""
    shown = secret.decode()
    groups = {shown[i : i + 4] for i in range(0, len(shown), 4)}
    return [word for word in words_of(pdf) if set(word.text.split("-")) <= groups]


@every_side
def test_the_address_is_printed_where_every_envelope_shows_it(side: WindowSide) -> None:
    place, safe = envelope.ADDRESS[side], envelope.safe(side)
    assert safe.left <= place.left < place.right <= safe.right
    assert safe.top <= place.top < place.bottom <= safe.bottom


@pytest.mark.parametrize(
    ("letter", "registration"),
    list(zip(LETTERS, (PLAIN_ONE, LONGEST_ONE, ABROAD_ONE), strict=True)),
    ids=["pin", "activation", "revocation"],
)
@every_side
@pytest.mark.rule("R-003-26", "R-003-76", "R-003-77", "R-003-78", "C-003-20")
def test_a_closed_envelope_shows_the_address_and_nothing_else(
    letter: tuple[Compose, OperationKind, bytes], registration: Registration, side: WindowSide
) -> None:
    occasion = replace(USUAL, registration=registration, delegation=MODULE)
    papers = replace(AT_HOME, window=side)
    found = words_of(composed(*letter, papers=papers, occasion=occasion))
    shown = [word for word in found if word.touches(envelope.seen(side))]
    assert shown
    for word in shown:
        assert word.within(envelope.safe(side)), word


@every_side
@pytest.mark.rule("R-003-26")
def test_the_window_names_the_person_and_where_they_want_their_letters(side: WindowSide) -> None:
    papers = replace(AT_HOME, window=side)
    letter = composed(*LETTERS[0], papers=papers, occasion=replace(USUAL, registration=FULL_ONE))
    shown = [w.text for w in words_of(letter) if w.touches(envelope.seen(side))]
    said = "Maria Rossi presso Famiglia Verdi Piazza Walther 3 39100 Bolzano/Bozen (BZ)"
    assert " ".join(shown) == said
    nowhere = replace(PLAIN_ONE, residence=None)
    letter = composed(*LETTERS[0], papers=papers, occasion=replace(USUAL, registration=nowhere))
    shown = [w.text for w in words_of(letter) if w.touches(envelope.seen(side))]
    assert " ".join(shown) == "Maria Rossi Consegna a mano"


@every_letter
@every_side
@pytest.mark.rule("R-003-26", "C-003-23")
def test_the_secret_lies_between_two_folded_panels_and_behind_a_pattern(
    compose: Compose, operation: OperationKind, secret: bytes, side: WindowSide
) -> None:
    papers = replace(AT_HOME, window=side)
    letter = composed(compose, operation, secret, papers=papers)
    found = secret_in(letter, secret)
    assert found
    dots = picture(letter, dpi=100)
    for word in found:
        box = word.box
        for upper, lower in (envelope.FOLDS, envelope.EQUAL_FOLDS):
            assert upper + MARGIN < box.top
            assert box.bottom < lower - MARGIN
            # In front lies the upper panel, back to back with it; never the window.
            before = Box(box.left, 2 * upper - box.bottom, box.right, 2 * upper - box.top)
            window = envelope.seen(side)
            assert before.right < window.left or window.right < before.left
            assert ink(dots, before) > 0.2
        lower = envelope.FOLDS[1]
        behind = Box(box.left, 2 * lower - box.bottom, box.right, 2 * lower - box.top)
        assert ink(dots, behind) > 0.2


def ink(dots: np.ndarray, place: Box) -> float:
    """The part of a place of the page that is dark, drawn at 100 dots an inch."""
    part = dots[
        int(place.top / 0.254) : int(place.bottom / 0.254),
        int(place.left / 0.254) : int(place.right / 0.254),
    ]
    return float((part < 128).mean())


@every_letter
@pytest.mark.parametrize(
    ("side", "catalogue"),
    [(WindowSide.LEFT, ITALIAN), (WindowSide.RIGHT, ENGLISH)],
    ids=["left-it", "right-en"],
)
@pytest.mark.parametrize("registration", [PLAIN_ONE, LONGEST_ONE], ids=["plain", "longest"])
def test_nothing_runs_into_anything_else(
    compose: Compose,
    operation: OperationKind,
    secret: bytes,
    side: WindowSide,
    catalogue: Catalogue,
    registration: Registration,
) -> None:
    occasion = replace(USUAL, registration=registration, renewed=compose is activation_code_letter)
    occasion = replace(occasion, delegation=DECLARATION if registration is PLAIN_ONE else None)
    occasion = replace(occasion, again=registration is PLAIN_ONE)
    letter = compose(
        replace(occasion, operation=operation),
        bytearray(secret),
        OFFICE if registration is PLAIN_ONE else replace(OFFICE, name=LONG_OFFICE),
        catalogue,
        replace(AT_HOME, window=side),
    )
    assert len(open_pdf(letter).pages) == 1
    found = words_of(letter)
    for i, one in enumerate(found):
        core = Box(one.box.left, one.box.top + 0.8, one.box.right, one.box.bottom - 0.8)
        for other in found[i + 1 :]:
            assert not other.touches(core), (one.text, other.text)
        assert one.within(Box(16.5, 13.5, 193.5, 292.0)), one


@pytest.mark.parametrize("operation", WITH_PIN)
@pytest.mark.rule("R-003-76", "R-003-77")
def test_pin_and_code_letters_tell_the_steps_of_their_operation(operation: OperationKind) -> None:
    last = {
        OperationKind.RISCONTRO_FORTE: "Poi scegli nome utente, password e domanda segreta.",
        OperationKind.PROMOZIONE: "Nome utente e password restano quelli di prima.",
        OperationKind.RESET: "Scegli un nome utente diverso, una password nuova",
        OperationKind.RIGENERA_PIN: "Il nuovo PIN vale solo dopo che hai accettato.",
    }
    for compose, secret in ((pin_letter, PIN), (activation_code_letter, CODE)):
        seen = words(composed(compose, operation, secret))
        for expected in (
            "servizi.example.it/attiva",
            "Scrivi il codice fiscale, il codice di attivazione e il PIN.",
            last[operation],
            "conferma sullo schermo e per e-mail",
            "Da usare entro il 2 maggio 2026",
            "Hai ricevuto la busta aperta o rotta?",
            f"Lettera numero {REFERENCE}",
        ):
            assert expected in seen
        for other in last.values():
            assert (other in seen) == (other == last[operation])


@pytest.mark.rule("R-003-76")
def test_the_pin_letter_holds_the_pin_and_says_how_the_code_comes() -> None:
    seen = words(composed(*LETTERS[0]))
    assert "1357 9246" in seen
    assert "Il codice arriva per e-mail." in seen
    printed = words(composed(*LETTERS[0], occasion=replace(USUAL, mailed=False)))
    assert "Il codice è in un'altra busta." in printed


@pytest.mark.rule("R-003-1")
def test_who_steals_one_letter_does_not_learn_where_the_rest_is() -> None:
    for compose, operation, secret in LETTERS:
        occasion = replace(USUAL, registration=FULL_ONE)
        seen = words(composed(compose, operation, secret, occasion=occasion))
        contacts = FULL_ONE.contacts
        for datum in (contacts.email, FULL_ONE.person.codice_fiscale, FULL_ONE.number, "333 123"):
            assert datum not in seen


@pytest.mark.rule("R-003-56", "R-003-77")
def test_a_new_code_ends_the_one_before_and_leaves_the_pin() -> None:
    seen = words(composed(*LETTERS[1], occasion=replace(USUAL, renewed=True)))
    assert "Il codice di prima non vale più. Il PIN resta lo stesso." in seen
    assert "Il PIN resta lo stesso" not in words(composed(*LETTERS[1]))


@pytest.mark.rule("R-003-78", "C-003-10")
@pytest.mark.parametrize("catalogue", [ITALIAN, ENGLISH], ids=["it", "en"])
def test_the_revocation_letter_speaks_of_revocation_alone(catalogue: Catalogue) -> None:
    seen = words(composed(*LETTERS[2], catalogue=catalogue)).lower()
    assert "abcd-efgh-jkmn" in seen
    wrong = {
        "it": ("attiva", "password", "nome utente", "scegli un"),
        "en": ("activat", "password", "username"),
    }
    for word in wrong[catalogue.language]:
        assert word not in seen.replace("servizi.example.it/attiva", "")
    said = {"it": "scrivi il codice fiscale e il codice di revoca.", "en": "the revocation code."}
    assert said[catalogue.language] in seen


@pytest.mark.rule("C-003-10", "C-003-11")
def test_a_letter_that_does_not_go_with_the_operation_is_not_made() -> None:
    wrong: list[tuple[Compose, Occasion]] = [
        (pin_letter, replace(USUAL, operation=OperationKind.REVOCA)),
        (pin_letter, replace(USUAL, renewed=True)),
        (activation_code_letter, replace(USUAL, operation=OperationKind.REVOCA)),
        (revocation_code_letter, USUAL),
    ]
    for compose, occasion in wrong:
        with pytest.raises(ValueError, match=r"code|PIN"):
            compose(occasion, bytearray(CODE), OFFICE, ITALIAN, AT_HOME)


@pytest.mark.rule("R-003-69", "R-003-74", "C-003-18")
def test_who_represents_a_protected_person_is_addressed_and_called_no_delegate() -> None:
    seen = words(composed(*LETTERS[0], occasion=replace(USUAL, delegation=DECLARATION)))
    assert "Questa lettera è per Luca Bianchi, che rappresenta Maria Rossi" in seen
    assert "deleg" not in seen


@pytest.mark.rule("R-003-68")
def test_a_delegate_takes_a_letter_that_is_not_for_them() -> None:
    seen = words(composed(*LETTERS[0], occasion=replace(USUAL, delegation=MODULE)))
    assert "Questa lettera è solo per Maria Rossi." in seen
    assert "Busta consegnata a Luca Bianchi." in seen


@pytest.mark.parametrize("text", [b"1357-9246", b"1357 9246", b"13579246"])
def test_a_secret_is_shown_in_groups_however_it_comes(text: bytes) -> None:
    assert "1357 9246" in words(composed(pin_letter, OperationKind.RESET, text))


def test_without_pages_at_home_a_kiosk_is_named() -> None:
    seen = words(composed(*LETTERS[0], papers=PaperSettings()))
    assert "Vai a uno sportello digitale e scegli «Attiva le tue credenziali»." in seen


def test_a_reprint_is_marked_and_hides_the_same() -> None:
    occasion = replace(USUAL, again=True)
    for compose, operation, secret in LETTERS:
        letter = composed(compose, operation, secret, occasion=occasion)
        assert "Ristampa" in words(letter)
        assert len(open_pdf(letter).pages) == 1
        places = [w.box for w in secret_in(letter, secret)]
        assert places == [w.box for w in secret_in(composed(compose, operation, secret), secret)]


@every_letter
@pytest.mark.rule("R-003-85")
def test_no_letter_asks_for_a_signature(
    compose: Compose, operation: OperationKind, secret: bytes
) -> None:
    assert "Firma" not in words(composed(compose, operation, secret))


def test_the_longest_name_stands_whole_inside() -> None:
    occasion = replace(USUAL, registration=LONGEST_ONE)
    person = LONGEST_ONE.person
    seen = packed(words(composed(*LETTERS[0], occasion=occasion)))
    assert packed(f"{person.name} {person.surname}.") in seen


def test_the_same_letter_has_the_same_bytes() -> None:
    assert composed(*LETTERS[0]) == composed(*LETTERS[0])


@pytest.mark.rule("C-003-23")
def test_an_act_shows_no_datum_in_its_repr() -> None:
    for datum in ("Rossi", LUCA.codice_fiscale, OPERATION_ID):
        assert datum not in repr(USUAL)


def test_the_reference_is_the_end_of_the_operation() -> None:
    assert letter_number(OPERATION_ID) == REFERENCE


_QUIET = """
import sys
from kiosk.documents import press
from tests.unit.documents.test_letters import LETTERS, composed
press.preload()
composed(*LETTERS[0])
opened = []
def hear(event, arguments):
    if event == "open" and isinstance(arguments[1], str) and set("wax+") & set(arguments[1]):
        opened.append(arguments[0])
    if event in ("socket.connect", "subprocess.Popen", "os.rename"):
        opened.append(event)
sys.addaudithook(hear)
for letter in LETTERS:
    composed(*letter)
print(opened)
"""


@pytest.mark.rule("C-003-23")
def test_a_letter_is_made_in_memory_alone() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _QUIET],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert told.stdout.strip() == "[]"
    assert told.stderr == ""


def test_the_windows_of_left_and_right_are_told_apart() -> None:
    for one, other in product(WindowSide, WindowSide):
        place, seen = envelope.ADDRESS[one], envelope.seen(other)
        assert (place.left >= seen.left and place.right <= seen.right) == (one is other)
