"""The pages for who sees little, uses no mouse, has an old telephone, or reads English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from sync.model.credential import OperationKind
from tests.story.web.served import Person
from tests.unit.hub_home.people import CODE, PASSWORD, PIN
from tests.unit.model.examples import DELEGATION

STYLE = Path(__file__).parents[3] / "sync" / "hub" / "web" / "templates" / "style.css"
WIDTHS = (320, 900)


def walk(person: Person) -> Iterator[str]:
    """Every page on the way of an activation, with what can be wrong on it."""
    person.served.registry.book(OperationKind.RISCONTRO_FORTE, delegation=DELEGATION)
    for path in ("/", "/documents", "/documents/regulation", "/documents/privacy", "/revoke"):
        person.open(f"{path}?lang=it")
        yield path
    person.open("/revoke/request?lang=it")
    yield "request"
    person.press("Mandami il codice di revoca")
    yield "request with errors"
    person.open("/activate?lang=it")
    person.press("Avanti")
    yield "codes with errors"
    person.show_codes(CODE, PIN)
    yield "regulation"
    person.press("Avanti")
    yield "regulation with errors"
    for label in ("Ho letto e accetto il Regolamento", "Ho letto come usate i miei dati"):
        person.tick(label)
        person.press("Avanti")
    yield "sign"
    person.press("Firmo e confermo")
    person.press("Avanti")
    yield "username with errors"
    person.fill(username="mario.rossi80")
    person.press("Avanti")
    person.fill(password="password1234")
    person.press("Avanti")
    yield "password with errors"
    person.fill(password=PASSWORD, password_again=PASSWORD)
    person.press("Avanti")
    yield "question"
    person.press("Conferma e concludi")
    yield "question with errors"
    person.tick("Qual è stato il mio primo lavoro?")
    person.fill(answer="Garzone")
    person.press("Conferma e concludi")
    yield "done"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_for_everybody(person: Person, width: int) -> None:
    browser = person.browser
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False},
    )
    found: dict[str, list[str]] = {}
    try:
        for page in walk(person):
            found[page] = [*_structure(person), *_fits(person, width)]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert found == {page: [] for page in found}
    assert len(found) == 16
    assert browser.get_cookies() == []


def _structure(person: Person) -> Iterator[str]:
    """What a screen reader stumbles over."""
    source = person.browser.page_source
    if "<script" in source or re.search(r"\son\w+=|\sstyle=", source):
        yield "script or style in the page"
    yield from _references(source)
    yield from _fields(person)
    levels = [int(level) for level in re.findall(r"<h([1-6])", source.split("<main", 1)[1])]
    after = levels[levels.index(1) :] if 1 in levels else []
    if levels.count(1) != 1 or any(lower > upper + 1 for upper, lower in pairwise(after)):
        yield f"headings {levels}"


def _references(source: str) -> Iterator[str]:
    """Names that stand twice, or stand for nothing."""
    ids = re.findall(r'\sid="([^"]+)"', source)
    if len(ids) != len(set(ids)):
        yield "an id twice"
    for named in re.findall(r'(?:aria-describedby|aria-labelledby)="([^"]+)"', source):
        yield from (f"nothing is called {one}" for one in named.split() if one not in ids)
    for target in re.findall(r'href="#([^"]+)"', source):
        if target not in ids:
            yield f"a link to nowhere: {target}"


def _fields(person: Person) -> Iterator[str]:
    """Fields without a name, and errors that are not told."""
    for field in person.browser.find_elements(By.CSS_SELECTOR, "main input:not([type=hidden])"):
        if field.get_attribute("aria-hidden") == "true":
            continue
        if not (field.accessible_name or "").strip():
            yield f"a field without a name: {field.get_attribute('id')}"
    if person.browser.find_elements(By.CLASS_NAME, "problem"):
        if not person.browser.title.startswith("Errore: "):
            yield "the title does not say that there is an error"
        if "errors" not in (person.browser.switch_to.active_element.get_attribute("class") or ""):
            yield "the errors are not in focus"


def _fits(person: Person, width: int) -> Iterator[str]:
    """Nothing is cut off, and what is touched is large enough (WCAG 2.2, 1.4.10 and 2.5.8)."""
    wide = person.browser.execute_script("return document.documentElement.scrollWidth")
    if wide > width:
        yield f"{wide} wide"
    for touched in person.browser.find_elements(By.CSS_SELECTOR, "button, main input"):
        if touched.get_attribute("aria-hidden") or not touched.is_displayed():
            continue
        if touched.size["height"] < 24 or touched.size["width"] < 24:
            yield f"small: {touched.text or touched.get_attribute('id')}"


def test_the_browser_of_these_tests_runs_no_script_of_a_page(person: Person) -> None:
    person.browser.get("data:text/html,<noscript>none</noscript><p id=x></p>")
    assert "none" in person.browser.find_element(By.TAG_NAME, "body").text


def test_colours_can_be_told_apart() -> None:
    """WCAG 2.2: 4.5 for text, 3 for what is drawn (1.4.3, 1.4.11)."""
    sheet = STYLE.read_text(encoding="utf-8")
    grounds = ("#fff", "#eef4fb", "#eaf6ef", "#f7fafd", "#e6f0fa")
    for text in ("#17324d", "#3d5673", "#b3001b", "#0059b3"):
        assert text in sheet
        for ground in grounds:
            assert contrast(text, ground) >= 4.5, (text, ground)
    for filled in ("#0059b3", "#003d7a", "#b3001b", "#7a0012"):
        assert contrast("#fff", filled) >= 4.5
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", sheet)) == {
        *grounds,
        *("#17324d", "#3d5673", "#b3001b", "#0059b3", "#003d7a", "#7a0012"),
        *("#00703c", "#ff9900", "#9fb3c8"),  # lines that stand beside what they mean
    }


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.rule("R-003-84")
def test_the_five_documents(person: Person) -> None:
    folder = person.served.documents
    for name in ("manual.it.pdf", "regulation.pdf", "revocation-request.en.pdf"):
        (folder / name).write_bytes(b"%PDF-1.7 " + bytes(5000))
    (folder.parent / "secret.pdf").write_bytes(b"%PDF")
    person.open("/documents?lang=it")
    assert person.heading == "Documenti da scaricare"
    links = person.browser.find_elements(By.CSS_SELECTOR, ".ways > li > a[type]")
    assert [(link.get_attribute("href") or "").rpartition("/")[2] for link in links] == [
        "manual.it.pdf",
        "regulation.pdf",
        "revocation-request.en.pdf",
    ]
    assert person.text.count("chiedilo allo sportello") == 2
    assert person.served.fetch("/documents/manual.it.pdf")[:2] == (200, "application/pdf")
    for path in ("secret.pdf", "..%2fsecret.pdf", "manual.pdf", "manual.it.pdf.bak", "x/y.pdf"):
        assert person.served.fetch(f"/documents/{path}")[0] == 404


def test_english(person: Person) -> None:
    person.served.registry.book(OperationKind.PROMOZIONE)
    person.open("/?lang=en")
    person.browser.find_element(By.LINK_TEXT, "I have an activation code and a PIN").click()
    assert person.heading == "Write your codes"
    member = person.served.registry.person()
    assert member is not None
    person.fill(codice_fiscale=member.person.codice_fiscale, code=CODE, pin=PIN)
    person.press("Continue")
    assert person.heading == "Read the Regulation"
    assert "The Italian text has legal value" in person.text
    assert person.browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
