"""The letters that hand over a PIN or a code (R-003-26, 76 to 78), folded for a window envelope.

Composed in memory and never recorded; what is returned goes to a printer that takes secret jobs,
and nowhere else. Nobody sees the secret on a screen (C-003-23). The page can be opened only by
unfolding it: the address is outside, the secret inside (`kiosk.documents.envelope`).

A letter never says what else is needed to use it: the PIN letter not the mailbox to which the code
goes, the code letter not the PIN (R-003-1).
"""

from __future__ import annotations

from typing import Final

from kiosk.documents import wording
from kiosk.documents.envelope import ADDRESS, FOLDS, largest_type, veil_png
from kiosk.documents.occasion import Occasion
from kiosk.documents.paper_settings import PaperSettings
from kiosk.documents.press import Sheet, typeset
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import Catalogue
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.credential import OperationKind
from sync.model.letter_number import letter_number
from sync.model.registration import Registration

_GROUP: Final = 4
_SECRET_WIDTH: Final = 61.0  # millimetres; the space between groups of digits is wider by 2.5
_SECRET_SIZES: Final = (32, 28, 24, 22, 20, 18, 16, 14)
_DEFAULTS: Final = PaperSettings()


def pin_letter(
    occasion: Occasion,
    pin: bytearray,
    office: OfficeInfo,
    catalogue: Catalogue,
    papers: PaperSettings = _DEFAULTS,
) -> bytes:
    """Return Allegato 1, one page as PDF/UA-1.

    Args:
        occasion: any operation but a revocation, and no new code.
        pin: its digits in ASCII; wiped by the caller.
        office: named as the sender.
        catalogue: language of the letter.
        papers: side of the window, address of the pages at home.

    Raises:
        ValueError: no PIN goes with what was done.
    """
    if occasion.operation is OperationKind.REVOCA or occasion.renewed:
        raise ValueError("no PIN goes with this operation")
    return _letter("pin", occasion, pin, office, catalogue, papers)


def activation_code_letter(
    occasion: Occasion,
    code: bytearray,
    office: OfficeInfo,
    catalogue: Catalogue,
    papers: PaperSettings = _DEFAULTS,
) -> bytes:
    """Return Allegato 2a, one page as PDF/UA-1.

    Args:
        occasion: any operation but a revocation.
        code: its letters in ASCII; wiped by the caller.
        office: named as the sender.
        catalogue: language of the letter.
        papers: side of the window, address of the pages at home.

    Raises:
        ValueError: the operation is a revocation.
    """
    if occasion.operation is OperationKind.REVOCA:
        raise ValueError("a revocation has a code of its own")
    return _letter("activation", occasion, code, office, catalogue, papers)


def revocation_code_letter(
    occasion: Occasion,
    code: bytearray,
    office: OfficeInfo,
    catalogue: Catalogue,
    papers: PaperSettings = _DEFAULTS,
) -> bytes:
    """Return Allegato 2b, which speaks of revocation alone (C-003-10), one page as PDF/UA-1.

    Args:
        occasion: a revocation.
        code: its letters in ASCII; wiped by the caller.
        office: named as the sender.
        catalogue: language of the letter.
        papers: side of the window, address of the pages at home.

    Raises:
        ValueError: the operation is another.
    """
    if occasion.operation is not OperationKind.REVOCA:
        raise ValueError("only a revocation has this code")
    return _letter("revocation", occasion, code, office, catalogue, papers)


def _letter(
    secret_kind: str,
    occasion: Occasion,
    secret: bytearray,
    office: OfficeInfo,
    catalogue: Catalogue,
    papers: PaperSettings,
) -> bytes:
    value = _shown(secret)
    values = {
        "kind": secret_kind,
        "office_name": office.name,
        "counter_address": office.counter_address,
        "counter_opening": office.opening,
        "side": papers.window.value,
        "address": ADDRESS[papers.window],
        "folds": FOLDS,
        "window": _window(occasion.registration, catalogue),
        "is_for": _is_for(occasion, catalogue),
        "handed_to": _handed_to(occasion, catalogue),
        "reference": letter_number(occasion.operation_id),
        "made_date": wording.local_day(occasion.made_at, catalogue),
        "made_time": wording.local_time(occasion.made_at),
        "value": value,
        "size": largest_type(value, within=_SECRET_WIDTH, sizes=_SECRET_SIZES),
        "valid_until": wording.day(occasion.valid_until, catalogue),
        "beside": _beside(secret_kind, occasion, catalogue),
        "steps": _steps(secret_kind, occasion, catalogue, papers),
        "advice": _advice(secret_kind, catalogue),
    }
    sheet = Sheet("letter.html", catalogue, values, {"veil": veil_png()}, occasion.again)
    return typeset([sheet], created=occasion.made_at)


def _shown(secret: bytearray) -> str:
    """In groups of four: digits with a space between, letters with a hyphen."""
    value = "".join(secret.decode("ascii").replace("-", " ").split())
    between = " " if value.isdecimal() else "-"
    return between.join(value[i : i + _GROUP] for i in range(0, len(value), _GROUP))


def _window(registration: Registration, catalogue: Catalogue) -> tuple[str, ...]:
    """Name and address as an envelope has them: the domicile where one was given."""
    lines = [wording.full_name(registration.person)]
    match registration.domicile or registration.residence:
        case ItalianAddress() as where:
            if where.care_of:
                lines.append(catalogue.text("paper.letter.care-of", name=where.care_of))
            town = " ".join(part for part in (where.cap, wording.comune(where.comune)) if part)
            lines += [wording.street(where), town]
        case ForeignAddress() as where:
            lines += [wording.street(where), where.city, where.nation_text.upper()]
        case None:
            lines.append(catalogue.text("paper.letter.by-hand"))
    return tuple(lines)


def _is_for(occasion: Occasion, catalogue: Catalogue) -> str:
    """Who may read it: the person, or who acts for a protected one (R-003-74, C-003-18)."""
    if not occasion.representative:
        return catalogue.text("paper.letter.for", person=occasion.person)
    return catalogue.text(
        "paper.letter.for-represented",
        person=occasion.person,
        representative=occasion.representative,
    )


def _handed_to(occasion: Occasion, catalogue: Catalogue) -> str:
    """Who takes the envelope home, where it is not the person (R-003-68, 69)."""
    if occasion.delegation is None:
        return ""
    name = wording.full_name(occasion.delegation.delegate)
    return catalogue.text("paper.letter.handed-to", name=name)


def _beside(kind: str, occasion: Occasion, catalogue: Catalogue) -> tuple[str, ...]:
    """What one must know of the secret, in the half beside it."""
    text = catalogue.text
    if kind == "revocation":
        return (text("paper.letter.code-letters"), text("paper.letter.revocation-only"))
    if kind == "activation":
        renewed = (text("paper.letter.renewed"),) if occasion.renewed else ()
        return (text("paper.letter.code-letters"), text("paper.letter.needs-pin"), *renewed)
    how = "mailed" if occasion.mailed else "printed"
    return (text("paper.letter.needs-code"), text(f"paper.letter.code-{how}"))


def _steps(
    kind: str, occasion: Occasion, catalogue: Catalogue, papers: PaperSettings
) -> tuple[str, ...]:
    """The steps of the procedure (R-003-19 `home_steps`), in order."""
    text = catalogue.text
    entry = "revocation" if kind == "revocation" else "activation"
    where = f"paper.letter.{entry}-at-home" if papers.home else f"paper.letter.{entry}-at-kiosk"
    return (
        text(where, address=papers.home),
        text(f"paper.letter.{entry}-type"),
        text(f"paper.letter.end.{occasion.operation.value}"),
        text(f"paper.letter.{entry}-done"),
    )


def _advice(kind: str, catalogue: Catalogue) -> tuple[str, ...]:
    text = catalogue.text
    secret = "pin" if kind == "pin" else "code"
    own = {
        "pin": "paper.letter.pin-apart",
        "activation": "paper.letter.code-apart",
        "revocation": "paper.letter.revocation-unwanted",
    }
    return (
        text(f"paper.letter.{secret}-opened"),
        text(f"paper.letter.{secret}-asked"),
        text(own[kind]),
        text(f"paper.letter.{secret}-lost"),
    )
