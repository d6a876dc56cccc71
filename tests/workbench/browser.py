"""Somebody before a browser that runs no script, and what they do to activate their credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.emulated.services import wait_until

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=900,1100",
    "--lang=it",
)


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A browser without scripts and cookies; it ends with the context.

    Args:
        profile: an empty folder for what it keeps.
    """
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    # 2: blocked. What the driver itself asks the page is no script of the page.
    options.add_experimental_option(
        "prefs",
        {
            "profile.managed_default_content_settings.javascript": 2,
            "profile.managed_default_content_settings.cookies": 2,
        },
    )
    driver = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        yield driver
    finally:
        driver.quit()


class Visitor:
    """Somebody before a browser: reads headings, fills fields, presses buttons."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        self.url = url

    def open(self, path: str) -> None:
        self.browser.get(f"{self.url}{path}")

    @property
    def heading(self) -> str:
        return self.browser.find_element(By.TAG_NAME, "h1").text

    @property
    def text(self) -> str:
        return self.browser.find_element(By.TAG_NAME, "body").text

    def field(self, label: str) -> WebElement:
        """The field of a label, as somebody who cannot see finds it."""
        found = self.browser.find_element(By.XPATH, f"//label[normalize-space()={label!r}]")
        return self.browser.find_element(By.ID, found.get_attribute("for") or "")

    def fill(self, **texts: str) -> None:
        for name, text in texts.items():
            field = self.browser.find_element(By.ID, name.replace("_", "-"))
            field.clear()
            field.send_keys(text)

    def tick(self, label: str) -> None:
        field = self.field(label)
        if not field.is_selected():
            field.click()

    def press(self, label: str) -> None:
        """A button, and waits for the page that follows."""
        before = self.browser.find_element(By.TAG_NAME, "html")
        buttons = self.browser.find_elements(By.XPATH, f"//button[normalize-space()={label!r}]")
        next(button for button in buttons if not button.get_attribute("aria-hidden")).click()
        wait_until(lambda: _gone(before), 15, f"the page after {label}")

    def press_enter(self, name: str) -> None:
        """Return in a field."""
        before = self.browser.find_element(By.TAG_NAME, "html")
        self.browser.find_element(By.ID, name).send_keys(Keys.ENTER)
        wait_until(lambda: _gone(before), 15, "the page after Return")

    # --- activation, as somebody does it at home who reads the letters

    def show_letters(self, codice_fiscale: str, code: str, pin: str) -> None:
        """The first page of an activation, filled from the letters and sent."""
        self.open("/activate?lang=it")
        self.fill(codice_fiscale=codice_fiscale, code=code, pin=pin)
        self.press("Avanti")

    def conclude_activation(self, username: str, password: str) -> None:
        """From the Regolamento to the last page; the codes have been accepted."""
        for label in ("Ho letto e accetto il Regolamento", "Ho letto come usate i miei dati"):
            self.tick(label)
            self.press("Avanti")
        self.press("Firmo e confermo")
        self.fill(username=username)
        self.press("Avanti")
        self.fill(password=password, password_again=password)
        self.press("Avanti")
        self.tick("Qual è stato il mio primo lavoro?")
        self.fill(answer="Garzone")
        self.press("Conferma e concludi")


def _gone(element: WebElement) -> bool:
    try:
        element.is_enabled()
    except WebDriverException:
        return True
    return False
