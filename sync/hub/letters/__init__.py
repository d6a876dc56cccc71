"""What the hub writes to people: one text a letter and language, in `texts`.

A text file is the subject on its first line, an empty line, then the body. Its plain text is the
one source: the HTML part of the message is made from it, so the two cannot say different things.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from sync.hub.store.letters import LetterKind

LANGUAGES: Final = ("it", "en")

_IN_BOTH: Final = frozenset({LetterKind.GO_TO_A_COUNTER})

_COMMUNITIES: Final = {
    "sistemapiemonte": "SistemaPiemonte",
    "torinofacile": "TorinoFacile",
    "torinofacile_light": "TorinoFacile Light",
}


_MONTHS: Final = {
    "it": (
        *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
        *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


@dataclass(frozen=True, slots=True, repr=False)
class Content:
    """What a letter says beside its fixed words.

    Attributes:
        authority: who signs it.
        community: the community of the registration, `sistemapiemonte`.
        number: the registration number, grouped; only `address-confirmed` shows it.
        link: the confirmation link; only `confirm-address` shows it.
        delegation: kind of the delegation (`modulo_delega`) or empty.
        code: the activation or revocation code in its groups; only in the letters that carry one.
        operation: kind of the operation that the letter is about, `reset`.
        renewed: the code takes the place of an earlier one of the same operation.
        valid_until: last day of the code.
        address: page of the hub where the person goes on at home.
        office, done_on: whose letters do not stand, and of when.
        standing: why: `booking` (another stands), `moved` or `gone`.
        by_office, standing_on: whose letters stand instead, and of when.
        letters, standing_letters: numbers on the letters that do not stand, and on those that do.
        puk, card_password: second halves beside that of the PIN, which is `code`; only in
            `card-codes`.
    """

    authority: str
    community: str
    number: str = ""
    link: str = ""
    delegation: str = ""
    code: str = ""
    operation: str = ""
    renewed: bool = False
    valid_until: date | None = None
    address: str = ""
    office: str = ""
    done_on: date | None = None
    standing: str = "booking"
    by_office: str = ""
    standing_on: date | None = None
    letters: str = ""
    standing_letters: str = ""
    puk: str = ""
    card_password: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """A letter in words.

    Attributes:
        also: the same in English, of a letter that goes out in both languages; else empty.
    """

    subject: str
    text: str
    also: str = ""


def _source(name: str) -> str | None:
    path = files(__name__).joinpath("texts", name)
    return path.read_text(encoding="utf-8") if path.is_file() else None


# Plain text: what would be escaped for HTML is escaped in `as_html`, once.
_TEXTS: Final = Environment(
    loader=FunctionLoader(_source),
    autoescape=False,  # noqa: S701  see above
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(kind: LetterKind, language: str, content: Content) -> Written:
    """The letter in a language; in Italian where the hub does not know the language.

    Who writes to the assistance is answered in both: the language would tell who is registered.
    """
    if kind in _IN_BOTH:
        italian, english = (_write(kind, one, content) for one in LANGUAGES)
        return Written(f"{italian.subject} / {english.subject}", italian.text, english.text)
    return _write(kind, language, content)


def _write(kind: LetterKind, language: str, content: Content) -> Written:
    known = language if language in LANGUAGES else "it"
    community = _COMMUNITIES.get(content.community, content.community)
    text = _TEXTS.get_template(f"{known}/{kind.value}.txt").render(
        authority=content.authority,
        community=community,
        number=content.number,
        link=content.link,
        delegation=content.delegation,
        code=content.code,
        operation=content.operation,
        renewed=content.renewed,
        valid_until=_day(content.valid_until, known),
        address=content.address,
        office=content.office,
        done_on=_on(content.done_on, known),
        done_on_short=_day(content.done_on, known),
        standing=content.standing,
        by_office=content.by_office,
        standing_on=_on(content.standing_on, known),
        standing_on_short=_day(content.standing_on, known),
        letters=content.letters,
        standing_letters=content.standing_letters,
        puk=content.puk,
        card_password=content.card_password,
    )
    subject, _, body = text.partition("\n")
    body = re.sub(r"\n{3,}", "\n\n", body.strip())
    return Written(subject.strip(), f"{body}\n")


def _day(day: date | None, language: str) -> str:
    """A day in words: "26 novembre 2026"."""
    if day is None:
        return ""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def _on(day: date | None, language: str) -> str:
    """The beginning of a sentence about a day: "Il 26 novembre 2026"."""
    words = _day(day, language)
    if not words or day is None:
        return ""
    if language == "en":
        return f"On {words}"
    return f"L'{words}" if day.day in {8, 11} else f"Il {words}"


def as_html(written: Written, language: str) -> str:
    """The same words as a page: paragraphs, lists of lines with a dash, and links."""
    content = _blocks(written.text)
    if written.also:
        content += f'\n<div lang="en"><p>English</p>\n{_blocks(written.also)}</div>'
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(written.subject)}</title></head>"
        '<body style="font:18px/1.5 sans-serif;color:#17324d;max-width:40em">'
        + content
        + "</body></html>\n"
    )


def _blocks(text: str) -> str:
    blocks = []
    for block in text.strip().split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            points = "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines)
            blocks.append(f"<ul>{points}</ul>")
        elif re.fullmatch(r"https?://\S+", block):
            address = html.escape(block, quote=True)
            blocks.append(f'<p><a href="{address}">{address}</a></p>')
        else:
            blocks.append("<p>" + "<br>".join(html.escape(line) for line in lines) + "</p>")
    return "\n".join(blocks)


def message(
    written: Written, *, language: str, sender: str, recipient: str, message_id: str, sent_at: float
) -> EmailMessage:
    """The letter as it is handed to the mail server.

    Args:
        written: the words.
        language: of the words.
        sender: `From`, with or without a name.
        recipient: one address, as the registry holds it.
        message_id: the same at every try, so that a mail program shows the letter once.
        sent_at: seconds since 1970.
    """
    name, address = parseaddr(sender)
    letter = EmailMessage()
    letter["From"] = Address(display_name=name, addr_spec=address)
    letter["To"] = Address(addr_spec=recipient)
    letter["Subject"] = written.subject
    letter["Date"] = format_datetime(datetime.fromtimestamp(sent_at, tz=UTC))
    letter["Message-ID"] = f"<{message_id}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no automatic answers, please
    text = f"{written.text}\nEnglish\n\n{written.also}" if written.also else written.text
    letter.set_content(text, cte="quoted-printable")
    letter.add_alternative(as_html(written, language), subtype="html", cte="quoted-printable")
    letter["Content-Language"] = (
        "it, en" if written.also else language
    )  # set last: the parts would take it over
    return letter
