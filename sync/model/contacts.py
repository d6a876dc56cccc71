"""How a person can be reached (Tabella 2, "Contatti")."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import Final

from sync.model.errors import Problem

LONGEST_EMAIL: Final = 254
"""Characters of an address that SMTP can carry (RFC 5321, 4.5.3.1.3 less the brackets)."""

CEC_PAC_DOMAIN: Final = "postacertificata.gov.it"
"""Domain of the closed service CEC-PAC, whose addresses are refused (R-003-31)."""

_ATOM: Final = frozenset(string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LEVEL: Final = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,59}")
_PHONE_SEPARATORS: Final = str.maketrans("", "", " .-/()\u00a0\u2010\u2011")


@dataclass(frozen=True, slots=True, repr=False)
class Contacts:
    """E-mail (mandatory for a new registration, C-003-8) and telephones (optional)."""

    email: str
    landline: str | None = None
    mobile: str | None = None


def parse_email(text: str) -> str | Problem:
    """An address that can receive the confirmation link (R-003-33): RFC 5321 with a dot-atom.

    Quoted local parts, comments, address literals and letters outside ASCII are refused: the
    mail systems of the register's offices do not carry them.

    Returns:
        The address with its domain in small letters, or the `Problem` that tells what to mend.
    """
    address = text.strip()
    problem = _email_text_problem(address)
    if problem is not None:
        return problem
    local, _, domain = address.partition("@")
    domain = domain.lower()
    problem = _local_part_problem(local) or _domain_problem(domain)
    if problem is not None:
        return problem
    if domain == CEC_PAC_DOMAIN:
        return Problem("email.cec-pac", rule="R-003-31")
    return f"{local}@{domain}"


def _email_text_problem(address: str) -> Problem | None:
    """What is wrong with an address before it is taken apart."""
    if not address:
        return Problem("email.empty")
    if len(address) > LONGEST_EMAIL:
        return Problem("email.too-long", details=(("longest", str(LONGEST_EMAIL)),))
    if any(character.isspace() for character in address):
        return Problem("email.space")
    if not (address.isascii() and address.isprintable()):
        return Problem("email.characters")
    if "," in address:
        return Problem("email.comma")
    if "@" not in address:
        return Problem("email.at-missing")
    if address.count("@") > 1:
        return Problem("email.at-repeated")
    return None


def _local_part_problem(local: str) -> Problem | None:
    """What is wrong before the @ (RFC 5321, 4.1.2 Dot-string; 4.5.3.1.1)."""
    if not local:
        return Problem("email.before-at")
    if len(local) > 64:
        return Problem("email.too-long", details=(("longest", "64"),))
    atoms = local.split(".")
    if "" in atoms:
        return Problem("email.dots")
    if not all(_ATOM.issuperset(atom) for atom in atoms):
        return Problem("email.characters")
    return None


def _domain_problem(domain: str) -> Problem | None:
    """What is wrong after the @ (RFC 1035, 2.3.1; at least two labels)."""
    if not domain:
        return Problem("email.after-at")
    labels = domain.split(".")
    if "" in labels:
        return Problem("email.dots")
    if len(labels) < 2:
        return Problem("email.domain-ending")
    if not all(_LABEL.fullmatch(label) for label in labels):
        return Problem("email.domain")
    if not _TOP_LEVEL.fullmatch(labels[-1]):
        return Problem("email.domain-ending")
    return None


def parse_phone(text: str) -> str | Problem:
    """A telephone number: 6 to 15 digits (ITU-T E.164, 6.1), with `+` before a country code.

    Spaces, dots, dashes, slashes and brackets are taken out, a leading `00` becomes `+`. A number
    without country code stays as it is dialled in Italy, leading zero included.
    """
    packed = text.strip().translate(_PHONE_SEPARATORS)
    if not packed:
        return Problem("phone.empty")
    number = f"+{packed[2:]}" if packed.startswith("00") else packed
    digits = number.removeprefix("+")
    if "+" in digits:
        return Problem("phone.plus")
    if digits and not (digits.isascii() and digits.isdigit()):
        return Problem("phone.characters")
    if len(digits) < 6:
        return Problem("phone.too-short", details=(("fewest", "6"),))
    if len(digits) > 15:
        return Problem("phone.too-long", details=(("most", "15"),))
    return number
