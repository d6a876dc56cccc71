"""What an e-mail to the assistance says, read so that no e-mail can stop who reads it.

The standard library's parser takes time that grows with the square of a header, and recurses into
what is nested; so size and depth are bounded before it, and whatever it cannot bear is unreadable.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from email import message_from_bytes
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from typing import Final

from sync.model.contacts import parse_email

MOST_MAIL_BYTES: Final = 1024 * 1024
MOST_HEADER_BYTES: Final = 16 * 1024
MOST_TEXT: Final = 64 * 1024
"""Characters of the text that are looked at: nobody writes as much to say who they are."""

_MOST_SENDER: Final = 1000
_MOST_PARTS: Final = 20
_HEADERS_END: Final = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_NESTED: Final = re.compile(rb"(?:multipart|message)/\w", re.IGNORECASE)
_CODE_WORD: Final = re.compile(r"\b[A-Za-z0-9]{16}\b")
_CHARSETS: Final = frozenset(
    {"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "windows-1250", "utf-16"}
)
"""Others are read as UTF-8; some that Python knows take the square of the text's length."""


class _UnreadableError(Exception):
    """No mail program writes that."""


class _Bounded(Compat32):
    """Reads headers lazily, and none that is too long."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """As the policy's; called for every header of every part."""
        if sum(map(len, sourcelines)) > MOST_HEADER_BYTES:
            raise _UnreadableError
        return super().header_source_parse(sourcelines)


def read(mail: bytes) -> tuple[str, str] | str:
    """Sender and text of an e-mail.

    Returns:
        Address and text, or why there are none: `mail.unreadable`, or `mail.automatic` for what a
        machine has written: it is not answered, or two machines write for ever (RFC 3834, 2).
    """
    try:
        return _read(mail)
    except Exception:  # noqa: BLE001  whoever may write to the assistance may write anything
        return "mail.unreadable"


def _read(mail: bytes) -> tuple[str, str] | str:
    end = _HEADERS_END.search(mail, 0, MOST_HEADER_BYTES)
    if len(mail) > MOST_MAIL_BYTES or (end is None and len(mail) > MOST_HEADER_BYTES):
        return "mail.unreadable"
    if sum(1 for _ in _NESTED.finditer(mail)) > _MOST_PARTS:
        return "mail.unreadable"
    message = message_from_bytes(mail, policy=_Bounded())
    if str(message.get("Auto-Submitted", "no")).strip().lower() != "no":
        return "mail.automatic"
    if message.get("List-Id") is not None:
        return "mail.automatic"
    named = [str(value) for value in message.get_all("From", [])]
    if len(named) != 1 or len(named[0]) > _MOST_SENDER:
        return "mail.unreadable"
    senders = getaddresses(named)
    sender = parse_email(senders[0][1]) if len(senders) == 1 else ""
    text = _text(message)
    if not isinstance(sender, str) or not sender or text is None:
        return "mail.unreadable"
    return sender, text


def _text(message: Message) -> str | None:
    """The plain text, or the page without its tags; None where there is neither."""
    found: dict[str, Message] = {}
    for part in message.walk():
        if part.get_content_disposition() != "attachment":
            found.setdefault(part.get_content_type(), part)
    best = found.get("text/plain", found.get("text/html"))
    data = None if best is None else best.get_payload(decode=True)
    if best is None or not isinstance(data, bytes):
        return None
    charset = best.get_content_charset("utf-8")
    text = data.decode(charset if charset in _CHARSETS else "utf-8", errors="replace")
    return re.sub(r"<[^>]{0,500}>", " ", text[:MOST_TEXT])


def code_words(text: str) -> list[str]:
    """Whatever has the length of a codice fiscale."""
    return _CODE_WORD.findall(text)


def has_words(text: str, names: Sequence[str]) -> bool:
    """Whether each name stands in the text, whatever its case and accents."""
    words = f" {_folded(text)} "
    return all(f" {_folded(name)} " in words for name in names)


def has_number(text: str, number: str) -> bool:
    """Whether a document's number stands in the text, whatever stands between its signs."""
    return number in re.sub(r"[^A-Z0-9]", "", text.upper())


def days(text: str) -> set[date]:
    """Every day that stands in the text in figures, day first or year first."""
    found = set()
    for first, second, third in re.findall(r"\b(\d{1,4})[./ -](\d{1,2})[./ -](\d{1,4})\b", text):
        year, day = (first, third) if len(first) == 4 else (third, first)
        if len(year) == 4 and len(day) <= 2:
            try:
                found.add(date(int(year), int(second), int(day)))
            except ValueError:
                continue
    return found


def _folded(text: str) -> str:
    """Words in small letters without accents, with one space between."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        letter if letter.isalnum() else " " for letter in plain if not unicodedata.combining(letter)
    )
    return " ".join(kept.split())
