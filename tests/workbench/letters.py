"""Reads the letters that the hub sends, as their receiver would."""

from __future__ import annotations

import re
from email.message import EmailMessage

_LINK = re.compile(r"https?://\S+/confirm/[\w.-]+")


def plain_text(letter: EmailMessage) -> str:
    """The text of a letter."""
    body = letter.get_body(("plain",))
    return body.get_content() if body is not None else ""


def confirmation_link(letter: EmailMessage) -> str | None:
    """The link that confirms the address, None where the letter has none."""
    found = _LINK.search(plain_text(letter))
    return found.group() if found else None
