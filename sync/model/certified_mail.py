"""Which addresses are certified mail (posta elettronica certificata, PEC).

The address to which a user's codes and daily passwords are sent must be none (R-004-28): certified
mail of a comune is read by its protocol office, and its servers refuse ordinary senders. No public
list tells all certified domains, so the domains of the large providers are known by name, and the
others by the word that their holders put into them (ADR 0162).
"""

from __future__ import annotations

import re
from typing import Final

_PROVIDERS: Final = frozenset(
    {
        "actaliscertymail.it",
        "arubapec.it",
        "casellapec.com",
        "cgn.legalmail.it",
        "gigapec.it",
        "legalmail.it",
        "mypec.eu",
        "pec.it",
        "pecimprese.it",
        "postacertificata.gov.it",
        "postecert.it",
        "registerpec.it",
        "sicurezzapostale.it",
        "ticertifica.it",
        "twtcert.it",
        "webpec.it",
    }
)

_WORD: Final = re.compile(
    r"(?:[a-z0-9]*-)?(?:pec|pecmail|legalmail|postacert|postacertificata|cert)"
)
"""A label of a domain that says it: `pec.comune.example.it`, `cert.comune.example.it`."""

_BEGINNING: Final = re.compile(r"(?:pec|cert)-[a-z0-9-]+|[a-z0-9-]+pec|pec[0-9]*")
"""What the label before the ending of a domain looks like where it says it: `esempiopec.it`."""


def is_certified(address: str) -> bool:
    """Whether an address is certified mail, as far as its domain tells.

    Args:
        address: as `sync.model.contacts.parse_email` gave it.
    """
    domain = address.rpartition("@")[2].lower()
    labels = domain.split(".")
    if any(".".join(labels[start:]) in _PROVIDERS for start in range(len(labels))):
        return True
    return any(_WORD.fullmatch(label) for label in labels[:-1]) or bool(
        len(labels) > 1 and _BEGINNING.fullmatch(labels[-2])
    )
