"""From the operation to the confirmed address, with a real mail server and a real Chromium."""

from __future__ import annotations

import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from sync.wire.receipt import Accepted
from tests.emulated.services import HubProcess, MailServer, wait_until
from tests.story.hub.conftest import WireStation, link_in, listing
from tests.unit.hub.stations import codice_fiscale, preregistration
from tests.workbench.pki import Site


def shows(browser: Chrome, heading: str) -> None:
    """Waits for the page with this heading: a click returns before the next page is there."""

    def is_there() -> bool:
        with suppress(WebDriverException):
            return browser.find_element(By.TAG_NAME, "h1").text == heading
        return False

    wait_until(is_there, 10, f"the page {heading!r}")


def press(browser: Chrome) -> None:
    browser.find_element(By.TAG_NAME, "button").click()


@pytest.mark.rule("R-003-33")
def test_person_confirms_in_a_browser(
    site: Site,
    hub: HubProcess,
    mail: MailServer,
    station: WireStation,
    browser: Chrome,
    tmp_path: Path,
) -> None:
    station.station.record(preregistration(1))
    station.drain()
    assert station.answers == {1: Accepted()}
    (letter,) = mail.wait_for(1)
    assert letter["To"] == "persona1@example.org"
    link = link_in(letter)

    with urllib.request.urlopen(link) as scanned:  # a mail scanner follows the link
        assert scanned.status == 200
    assert " no " in listing(site)[0]

    browser.get(link)
    browser.save_screenshot(str(tmp_path / "confirm.png"))
    shows(browser, "Conferma il tuo indirizzo e-mail")
    assert " no " in listing(site)[0]
    browser.find_element(By.LINK_TEXT, "English").click()
    shows(browser, "Confirm your e-mail address")
    browser.find_element(By.LINK_TEXT, "Italiano").click()
    press(browser)
    shows(browser, "Indirizzo confermato")
    browser.save_screenshot(str(tmp_path / "confirmed.png"))
    number = browser.find_element(By.CLASS_NAME, "number").text

    second = mail.wait_for(2)[1]
    body = second.get_body(("plain",))
    assert body is not None
    assert number in str(body.get_content())
    (line,) = listing(site)
    assert line.startswith(number)
    assert " yes " in line

    browser.get(link)
    shows(browser, "Indirizzo già confermato")
    assert browser.find_elements(By.TAG_NAME, "button") == []
    complaints: list[dict[str, str]] = browser.get_log("browser")  # type: ignore[no-untyped-call]
    assert not any("Content Security Policy" in one["message"] for one in complaints)

    station.close()
    assert hub.stop() < 5
    assert hub.exit_code == 0
    log = hub.log.read_text()
    for personal in (codice_fiscale(1), "persona1", "Rossi", "Mario", number.replace("-", "")):
        assert personal not in log
        assert personal not in (site.folder / "logs" / "broker.log").read_text()
    assert link.rpartition("/")[2] not in log


@pytest.mark.rule("R-003-34")
def test_member_is_told_at_the_address_in_the_registry(
    hub: HubProcess, mail: MailServer, station: WireStation, browser: Chrome
) -> None:
    assert hub.running
    station.station.record(preregistration(1, email="old@example.org"))
    station.drain()
    browser.get(link_in(mail.wait_for(1)[0]))
    press(browser)
    shows(browser, "Indirizzo confermato")
    mail.wait_for(2)
    station.station.record(preregistration(1, email="new@example.org"))
    station.drain()
    assert getattr(station.answers[2], "rule", None) == "R-003-34"
    letter = mail.wait_for(3)[2]
    assert letter["To"] == "old@example.org"
    time.sleep(0.5)
    assert mail.to("new@example.org") == []


def test_link_of_a_replaced_registration_is_dead(
    hub: HubProcess, mail: MailServer, station: WireStation, browser: Chrome
) -> None:
    assert hub.running
    station.station.record(preregistration(1, email="wrong@example.org"))
    station.drain()
    old = link_in(mail.wait_for(1)[0])
    station.station.record(preregistration(1, email="right@example.org", language="en"))
    station.drain()
    browser.get(old)
    shows(browser, "C'è una richiesta più recente")
    browser.get(link_in(mail.wait_for(2)[1]))
    shows(browser, "Confirm your e-mail address")
    press(browser)
    shows(browser, "Address confirmed")


def test_mail_server_away_then_back(
    site: Site, hub: HubProcess, station: WireStation, mail: MailServer
) -> None:
    """Nothing is lost while it is away, and nobody at the station has to wait for it."""
    mail.stop()
    for person in range(1, 6):
        station.station.record(preregistration(person))
    station.drain()
    assert set(station.answers.values()) == {Accepted()}
    hub.kill()
    hub.start()
    wait_until(hub.linked, 10, "the hub's link")
    assert mail.messages() == []
    mail.start()
    letters = mail.wait_for(5, 30)
    assert sorted(str(letter["To"]) for letter in letters) == [
        f"persona{person}@example.org" for person in range(1, 6)
    ]
    assert len(listing(site)) == 5


def test_frozen_mail_server_does_not_delay_the_end(
    hub: HubProcess, station: WireStation, mail: MailServer
) -> None:
    mail.freeze()
    try:
        station.station.record_many(1, 3)
        station.drain()
        time.sleep(0.5)
        assert hub.stop() < 5
        assert hub.exit_code == 0
    finally:
        mail.thaw()
    hub.start()
    assert len(mail.wait_for(3, 40)) >= 3
