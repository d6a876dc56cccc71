"""What the hub writes: complete in both languages, one source for both parts, nothing injected."""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from sync.hub import letters
from sync.hub.letters import Content
from sync.hub.store.letters import LetterKind
from tests.unit.hub.stations import NOON

LINK = "http://hub.example/confirm/abcdefghijklmnopqrstuvwxyz"
DELEGATIONS = ("", "modulo_delega", "dichiarazione_sostitutiva")


def content(delegation: str = "", authority: str = "Regione di Esempio") -> Content:
    return Content(authority, "sistemapiemonte", "ABC-DEF-GHJ", LINK, delegation)


def posted(kind: LetterKind, language: str, what: Content) -> EmailMessage:
    """The letter as a mail program reads it."""
    made = letters.message(
        letters.write(kind, language, what),
        language=language,
        sender="Sportello di Esempio <sportello@hub.example>",
        recipient="persona@example.org",
        message_id="abc@hub.example",
        sent_at=NOON / 1000,
    )
    return email.message_from_bytes(made.as_bytes(), policy=email.policy.default)


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str | None] = []
        self._title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._title = tag == "title"
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data: str) -> None:
        if not self._title:
            self.words += data.split()


@pytest.mark.parametrize("language", letters.LANGUAGES)
@pytest.mark.parametrize("kind", LetterKind)
@pytest.mark.parametrize("delegation", DELEGATIONS)
def test_both_parts_say_the_same(kind: LetterKind, language: str, delegation: str) -> None:
    letter = posted(kind, language, content(delegation))
    plain = part(letter, "plain")
    page = _Words()
    page.feed(part(letter, "html"))
    assert page.words == re.sub(r"(?m)^- ", "", plain).split()
    assert "{" not in plain
    assert "\n\n\n" not in plain
    both = kind is LetterKind.GO_TO_A_COUNTER
    assert letter["Content-Language"] == ("it, en" if both else language)
    assert letter["Message-ID"] == "<abc@hub.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["To"] == "persona@example.org"
    assert page.links == ([LINK] if kind is LetterKind.CONFIRM_ADDRESS else [])


@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_letter_to_an_unproven_address_names_nobody(language: str) -> None:
    """It may reach a stranger: no name, number or codice fiscale is in it."""
    letter = posted(LetterKind.CONFIRM_ADDRESS, language, content())
    assert "ABC-DEF-GHJ" not in letter.as_string()
    assert LINK in part(letter, "plain").splitlines()


@pytest.mark.rule("R-003-33")
@pytest.mark.parametrize("language", letters.LANGUAGES)
def test_link_is_said_to_last_24_hours(language: str) -> None:
    assert "24" in part(posted(LetterKind.CONFIRM_ADDRESS, language, content()), "plain")


@pytest.mark.rule("R-003-33", "R-003-39")
def test_second_letter_has_the_number_and_what_to_bring() -> None:
    text = part(posted(LetterKind.ADDRESS_CONFIRMED, "it", content()), "plain")
    assert "ABC-DEF-GHJ" in text.splitlines()
    for needed in ("documento di identità valido", "tessera sanitaria", "numero di registrazione"):
        assert needed in text


@pytest.mark.rule("R-003-35", "R-003-68", "R-003-69")
@pytest.mark.parametrize(
    ("delegation", "paper"),
    [("modulo_delega", "modulo di delega"), ("dichiarazione_sostitutiva", "dichiarazione")],
)
def test_second_letter_tells_the_delegate_what_to_bring(delegation: str, paper: str) -> None:
    text = part(posted(LetterKind.ADDRESS_CONFIRMED, "it", content(delegation)), "plain")
    assert paper in text
    assert "fotocopia del tuo documento" in text


@pytest.mark.rule("R-003-34")
def test_member_is_told_the_steps_for_strong_credentials() -> None:
    text = part(posted(LetterKind.ALREADY_REGISTERED, "it", content()), "plain")
    assert "credenziali forti" in text
    assert "documento di identità valido" in text


def test_language_that_the_hub_does_not_write_is_italian() -> None:
    written = letters.write(LetterKind.CONFIRM_ADDRESS, "xx", content())
    assert written == letters.write(LetterKind.CONFIRM_ADDRESS, "it", content())


def test_markup_in_a_setting_is_text() -> None:
    letter = posted(LetterKind.CONFIRM_ADDRESS, "it", content(authority="<b>A</b> & B"))
    assert "<b>A</b> & B" in part(letter, "plain")
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in part(letter, "html")


@pytest.mark.parametrize("recipient", ["a@b.it\nBcc: c@d.it", "a@b.it, c@d.it", "not an address"])
def test_recipient_is_one_address(recipient: str) -> None:
    written = letters.write(LetterKind.CONFIRM_ADDRESS, "it", content())
    with pytest.raises(Exception, match=r".") as refused:
        letters.message(
            written,
            language="it",
            sender="a@hub.example",
            recipient=recipient,
            message_id="x@hub.example",
            sent_at=0.0,
        )
    assert not isinstance(refused.value, AssertionError)


def test_no_line_is_too_long_for_smtp() -> None:
    """RFC 5321 4.5.3.1.6: 998 characters and the line's end."""
    for kind in LetterKind:
        for line in posted(kind, "it", content()).as_bytes().splitlines():
            assert len(line) <= 998
