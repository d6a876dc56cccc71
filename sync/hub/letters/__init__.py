"""What the hub writes to people: one text a letter and language, in `texts`.

A text file is the subject on its first line, an empty line, then the body. Its plain text is the
one source: the HTML part of the message is made from it, so the two cannot say different things.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

from sync.hub.store.letters import LetterKind

LANGUAGES: Final = ("it", "en")

_COMMUNITIES: Final = {
    "sistemapiemonte": "SistemaPiemonte",
    "torinofacile": "TorinoFacile",
    "torinofacile_light": "TorinoFacile Light",
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
    """

    authority: str
    community: str
    number: str = ""
    link: str = ""
    delegation: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Written:
    """A letter in words."""

    subject: str
    text: str


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
    """The letter in a language; in Italian where the hub does not know the language."""
    known = language if language in LANGUAGES else "it"
    community = _COMMUNITIES.get(content.community, content.community)
    text = _TEXTS.get_template(f"{known}/{kind.value}.txt").render(
        authority=content.authority,
        community=community,
        number=content.number,
        link=content.link,
        delegation=content.delegation,
    )
    subject, _, body = text.partition("\n")
    body = re.sub(r"\n{3,}", "\n\n", body.strip())
    return Written(subject.strip(), f"{body}\n")


def as_html(written: Written, language: str) -> str:
    """The same words as a page: paragraphs, lists of lines with a dash, and links."""
    blocks = []
    for block in written.text.strip().split("\n\n"):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            points = "".join(f"<li>{html.escape(line[2:])}</li>" for line in lines)
            blocks.append(f"<ul>{points}</ul>")
        elif re.fullmatch(r"https?://\S+", block):
            address = html.escape(block, quote=True)
            blocks.append(f'<p><a href="{address}">{address}</a></p>')
        else:
            blocks.append("<p>" + "<br>".join(html.escape(line) for line in lines) + "</p>")
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(written.subject)}</title></head>"
        '<body style="font:18px/1.5 sans-serif;color:#17324d;max-width:40em">'
        + "\n".join(blocks)
        + "</body></html>\n"
    )


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
    letter.set_content(written.text, cte="quoted-printable")
    letter.add_alternative(as_html(written, language), subtype="html", cte="quoted-printable")
    letter["Content-Language"] = language  # set last: the parts would take it over
    return letter
