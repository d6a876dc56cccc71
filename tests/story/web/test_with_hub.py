"""From asking for revocation to the last letter: the hub's own process, a mail server, a browser."""

from __future__ import annotations

import re
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from sync.hub.setup import DIGESTS
from sync.hub.store.database import Store
from sync.model.credential import OperationKind
from tests.emulated.services import HubProcess, MailServer
from tests.unit.hub_home.people import PASSWORD, PIN, Registry
from tests.workbench.browser import Visitor
from tests.workbench.pki import Site, make_site

NAME = "mario.rossi80"
MAIL = "persona@example.org"


@pytest.fixture
def member(tmp_path: Path) -> Site:
    """A site whose registry knows one person, with strong credentials."""
    site = make_site(tmp_path / "site", ["kiosk-0001"])
    store = Store.open(site.hub_dir / "registry.db")
    key = (site.hub_dir / "keys" / DIGESTS).read_bytes()
    registry = Registry(store, now=time.time_ns() // 1_000_000, key=key)
    registry.book(OperationKind.RIGENERA_PIN, username=NAME, email=MAIL)
    registry.conclude(registry.ticket())
    store.close()
    return site


@pytest.mark.rule("C-003-12")
@pytest.mark.rule("R-003-1")
@pytest.mark.rule("R-003-28")
@pytest.mark.rule("R-003-59")
@pytest.mark.rule("R-003-60")
def test_revocation_from_home(member: Site, browser: Chrome) -> None:
    with MailServer(member) as mail, HubProcess(member) as hub:
        visitor = Visitor(browser, hub.web_url)
        visitor.open("/revoke/request?lang=it")
        visitor.fill(username=NAME, password=PASSWORD, pin=PIN)
        visitor.press("Mandami il codice di revoca")
        assert visitor.heading == "Ti abbiamo mandato un'e-mail"

        letter = mail.wait_for(2)[-1]
        assert letter["To"] == MAIL
        visitor.browser.get(found(r"^https?://\S+$", letter) + "?lang=it")
        assert visitor.heading == "Scrivi il codice di revoca"
        visitor.fill(codice_fiscale="RSSMRA80A01H501U", code=found(r"^(?:\w{4}-){2}\w{4}$", letter))
        visitor.press("Avanti")
        visitor.tick("Ho letto e accetto le condizioni della revoca")
        visitor.press("Avanti")
        visitor.press("Revoca per sempre")
        assert visitor.heading == "Le tue credenziali sono revocate"
        assert "revocate" in str(mail.wait_for(3)[-1]["Subject"])
    kept = (member.hub_dir / "registry.db").read_bytes()
    assert b"RSSMRA80A01H501U" not in kept
    assert NAME.encode() not in kept


def found(pattern: str, letter: EmailMessage) -> str:
    """What a person finds in the plain text of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    match = re.search(pattern, str(body.get_content()), re.MULTILINE)
    assert match is not None
    return match.group()
