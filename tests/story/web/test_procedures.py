"""Every procedure at home from the first page to the last, in a browser that runs no script."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sync.hub.store import secrets
from sync.hub.store.letters import LetterKind
from sync.model.credential import OperationKind, State
from tests.emulated.services import wait_until
from tests.story.web.served import Person
from tests.unit.hub_home.people import CODE, OTHER_CODE, PASSWORD, PIN
from tests.unit.model.counter_examples import NUMBER
from tests.unit.model.examples import DELEGATION

REGULATION = "Ho letto e accetto il Regolamento"
PRIVACY = "Ho letto come usate i miei dati"


def accept(person: Person, *labels: str) -> None:
    for label in labels:
        person.tick(label)
        person.press("Avanti")


def choose(person: Person, username: str = "mario.rossi80") -> None:
    person.fill(username=username)
    person.press("Avanti")
    person.fill(password=PASSWORD, password_again=PASSWORD)
    person.press("Avanti")
    person.tick("Qual è stato il mio primo lavoro?")
    person.fill(answer="Garzone")
    person.press("Conferma e concludi")


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-28")
@pytest.mark.rule("R-003-38")
def test_activation(person: Person) -> None:
    registry = person.served.registry
    registry.book(OperationKind.RISCONTRO_FORTE)
    person.show_codes("nasd urzv spy8", "4820 5917")
    assert person.heading == "Leggi il Regolamento"
    assert "Passo 1 di 6" in person.text
    accept(person, REGULATION, PRIVACY)
    person.press("Firmo e confermo")
    choose(person)
    assert person.heading == "Le tue credenziali sono attive"
    assert "mario.rossi80" in person.text
    assert PASSWORD not in person.browser.page_source
    member = registry.person()
    assert member is not None
    assert (member.credential.state, member.credential.strong) == (State.ATTIVATO, True)
    assert registry.letters() == [LetterKind.CONCLUDED]
    assert person.served.posted == 1
    person.browser.refresh()


@pytest.mark.rule("R-003-19")
def test_promotion(person: Person) -> None:
    person.served.registry.book(OperationKind.PROMOZIONE, username="mario.rossi80")
    person.show_codes(CODE, PIN)
    accept(person, REGULATION, PRIVACY)
    person.press("Firmo e confermo")
    assert person.heading == "Le tue credenziali ora sono forti"


@pytest.mark.rule("R-003-19")
def test_reset_ends_the_old_username(person: Person) -> None:
    person.served.registry.book(OperationKind.RESET, username="mario.rossi80")
    person.show_codes(CODE, PIN)
    accept(person, REGULATION, PRIVACY)
    assert person.heading == "Il vecchio nome utente finisce"
    assert "ma•••••i" in person.text
    accept(person, "Confermo: il mio vecchio nome utente finisce")
    person.press("Firmo e confermo")
    person.fill(username="mario.rossi80")
    person.press("Avanti")
    assert "Questo è il vecchio nome utente" in person.text
    choose(person, "mario.nuovo")
    assert person.heading == "Le tue nuove credenziali sono attive"


@pytest.mark.rule("R-003-19")
def test_new_pin(person: Person) -> None:
    person.served.registry.book(OperationKind.RIGENERA_PIN, username="mario.rossi80")
    person.show_codes(CODE, PIN)
    accept(person, "Ho letto e accetto le condizioni del nuovo PIN")
    person.press("Firmo e confermo")
    assert person.heading == "Il nuovo PIN è attivo"


@pytest.mark.rule("R-003-19")
@pytest.mark.rule("R-003-28")
def test_revocation(person: Person) -> None:
    person.served.registry.book(OperationKind.REVOCA, username="mario.rossi80")
    person.show_codes(CODE)
    accept(person, "Ho letto e accetto le condizioni della revoca")
    person.press("Revoca per sempre")
    assert person.heading == "Le tue credenziali sono revocate"
    assert person.served.registry.person() is None


@pytest.mark.rule("C-003-12")
def test_revocation_asked_for_online(person: Person) -> None:
    registry = person.served.registry
    registry.book(OperationKind.RIGENERA_PIN, username="mario.rossi80")
    registry.conclude(registry.ticket())
    person.open("/?lang=it")
    person.browser.find_element(By.LINK_TEXT, "Voglio chiedere la revoca").click()
    person.fill(username="mario.rossi80", password=PASSWORD, pin="11335577")
    person.press("Mandami il codice di revoca")
    assert "Questi dati non vanno insieme" in person.text
    person.fill(password=PASSWORD, pin=PIN)
    person.press("Mandami il codice di revoca")
    assert person.heading == "Ti abbiamo mandato un'e-mail"
    assert LetterKind.REVOCATION_CODE in registry.letters()


@pytest.mark.rule("R-003-74")
def test_a_representative_says_so(person: Person) -> None:
    registry = person.served.registry
    registry.book(OperationKind.PROMOZIONE, delegation=DELEGATION)
    person.show_codes(CODE, PIN)
    accept(person, REGULATION, PRIVACY)
    offered = "che rappresento" in person.text
    assert offered == (DELEGATION.kind.value == "dichiarazione_sostitutiva")
    if offered:
        person.tick("Sono qui per un'altra persona, che rappresento")
    person.press("Firmo e confermo")
    assert person.heading == "Le tue credenziali ora sono forti"


@pytest.mark.rule("R-003-51")
def test_rules_stand_before_the_field_and_strength_is_told(person: Person) -> None:
    person.served.registry.book(OperationKind.RISCONTRO_FORTE)
    person.show_codes(CODE, PIN)
    accept(person, REGULATION, PRIVACY)
    person.press("Firmo e confermo")
    person.fill(username="mario.rossi80")
    person.press("Avanti")
    text = person.text
    assert text.index("Almeno 12 caratteri") < text.index("Scrivi di nuovo la password")
    for typed, said in (
        ("breve", "troppo corta"),
        ("password1234", "facile da indovinare"),
        ("mario.rossi80 e poi altro", "contiene il nome utente"),
        ("forza rossi del 1980 sempre", "contiene i tuoi dati"),
    ):
        person.fill(password=typed, password_again=typed)
        person.press("Avanti")
        assert said in person.text
        assert typed not in person.browser.page_source
    person.fill(password=PASSWORD, password_again="un'altra cosa")
    person.press("Avanti")
    assert "non sono uguali" in person.text
    person.fill(password=PASSWORD, password_again=PASSWORD)
    person.press("Mostra la password")
    field = person.field("Password")
    assert (field.get_attribute("type"), field.get_attribute("value")) == ("text", PASSWORD)
    assert "Molto buona." in person.text
    person.press("Nascondi la password")
    assert person.field("Password").get_attribute("type") == "password"
    person.press("Avanti")
    assert person.heading == "Scegli una domanda segreta"


def test_nothing_goes_on_without_the_tick_and_refusing_changes_nothing(person: Person) -> None:
    registry = person.served.registry
    before = registry.book(OperationKind.PROMOZIONE)
    person.show_codes(CODE, PIN)
    person.press("Avanti")
    assert person.heading == "Leggi il Regolamento"
    assert "metti il segno nella casella" in person.text
    person.press("Esci senza concludere")
    assert person.heading == "Non hai concluso"
    assert registry.person() == before
    person.show_codes(CODE, PIN)
    assert person.heading == "Leggi il Regolamento"


def test_back_forward_and_the_other_language(person: Person) -> None:
    person.served.registry.book(OperationKind.RISCONTRO_FORTE)
    person.show_codes(CODE, PIN)
    accept(person, REGULATION, PRIVACY)
    person.press("Firmo e confermo")
    person.press("Indietro")
    assert person.heading == "Firma online"
    person.press("Indietro")
    assert person.heading == "Leggi come usiamo i tuoi dati"
    person.press("English")
    assert person.heading == "Read how we use your data"
    person.press("Italiano")
    accept(person, PRIVACY)
    person.press("Firmo e confermo")
    person.fill(username="mario.rossi80")
    person.press_enter("username")
    assert person.heading == "Scegli la password"


def test_wrong_codes_say_what_to_do_and_then_to_wait(person: Person) -> None:
    registry = person.served.registry
    registry.book(OperationKind.RISCONTRO_FORTE)
    person.show_codes(OTHER_CODE, PIN)
    assert "Questi dati non vanno insieme" in person.text
    assert person.browser.find_element(By.ID, "pin").get_attribute("value") == ""
    for _ in range(4):
        person.show_codes(CODE, "11335577")
    assert "Aspetta 1 minuto" in person.text
    person.show_codes(CODE, PIN)
    assert "Aspetta 1 minuto" in person.text
    registry.now += 60_000
    person.show_codes(CODE, PIN)
    assert person.heading == "Leggi il Regolamento"


def test_too_late(person: Person) -> None:
    registry = person.served.registry
    registry.book(OperationKind.PROMOZIONE)
    person.show_codes(CODE, PIN)
    registry.now += 31 * 60_000
    person.press("Avanti")
    assert person.heading == "Il tempo è finito"


def test_a_username_that_was_taken_meanwhile(person: Person) -> None:
    """Between the page of the username and the last one somebody else chose it."""
    served = person.served
    served.registry.book(OperationKind.RISCONTRO_FORTE)
    person.show_codes(CODE, PIN)
    accept(person, REGULATION, PRIVACY)
    person.press("Firmo e confermo")
    person.fill(username="mario.rossi80")
    person.press("Avanti")
    with served.store.transaction():
        served.store.run(
            "INSERT INTO registration SELECT 'OTHER', 'OTHER', surname, name, birth_date, document,"
            " comune, left_comune, state, strong, email, email_confirmed_at, registered_at, record,"
            " delegation, privacy_notice, station, seq, received_at FROM registration"
        )
        served.registry.log_in_with("mario.rossi80", "OTHER")
    person.fill(password=PASSWORD, password_again=PASSWORD)
    person.press("Avanti")
    person.tick("Qual è stato il mio primo lavoro?")
    person.fill(answer="Garzone")
    person.press("Conferma e concludi")
    assert person.heading == "Scegli il nome utente"
    assert "già di un'altra persona" in person.text
    choose(person, "mario.verdi")
    assert person.heading == "Le tue credenziali sono attive"
    login = secrets.login(served.store, NUMBER)
    assert login is not None
    assert login.username == "mario.verdi"


def test_by_keyboard_alone(person: Person) -> None:
    registry = person.served.registry
    member = registry.book(OperationKind.PROMOZIONE)
    person.open("/activate?lang=it")
    keys(person, Keys.TAB, Keys.TAB, Keys.TAB, member.person.codice_fiscale)
    keys(person, Keys.TAB, CODE, Keys.TAB, PIN, Keys.ENTER)
    wait_for(person, "Leggi il Regolamento")
    for heading in ("Leggi come usiamo i tuoi dati", "Firma online"):
        focus(person, "accepted")
        keys(person, Keys.SPACE, Keys.TAB, Keys.ENTER)
        wait_for(person, heading)
    for _ in range(10):
        keys(person, Keys.TAB)
        if person.browser.switch_to.active_element.text == "Firmo e confermo":
            break
    keys(person, Keys.ENTER)
    wait_for(person, "Le tue credenziali ora sono forti")


def focus(person: Person, name: str) -> None:
    for _ in range(10):
        keys(person, Keys.TAB)
        if person.browser.switch_to.active_element.get_attribute("id") == name:
            return
    pytest.fail(f"{name} cannot be reached")


def keys(person: Person, *typed: str) -> None:
    for one in typed:
        person.browser.switch_to.active_element.send_keys(one)


def wait_for(person: Person, heading: str) -> None:
    wait_until(lambda: person.heading == heading, 10, heading)
