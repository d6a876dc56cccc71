"""What happens next and what to bring: the same sentences on the page and on the slip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.documents import wording
from kiosk.strings.catalogue import Catalogue
from sync.model.delegation import DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.preregistration import Preregistration

_FORM: Final = {
    DelegationKind.MODULO_DELEGA: "document.bring.module",
    DelegationKind.DICHIARAZIONE_SOSTITUTIVA: "document.bring.declaration",
}
_COPY: Final = {
    DelegationKind.MODULO_DELEGA: "document.bring.copy-delegator",
    DelegationKind.DICHIARAZIONE_SOSTITUTIVA: "document.bring.copy-represented",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing that will happen or that the person has to do."""

    title: str
    text: str


def next_steps(operation: Preregistration, catalogue: Catalogue) -> tuple[NextStep, ...]:
    """What happens after the registration (R-003-33, R-003-38), for the page."""
    text = catalogue.text
    who = "" if operation.delegation is None else "-delegate"
    return (
        NextStep(
            text("document.next.mail.title"),
            text("document.next.mail.text", email=operation.contacts.email),
        ),
        NextStep(
            text(f"document.next.counter.title{who}"), text(f"document.next.counter.text{who}")
        ),
        NextStep(text("document.next.codes.title"), text("document.next.codes.text")),
    )


def short_steps(operation: Preregistration, catalogue: Catalogue) -> tuple[str, ...]:
    """The same for the slip: short, and without the person's data."""
    counter = "counter" if operation.delegation is None else "counter-delegate"
    keys = ("mail", counter, "codes")
    return tuple(catalogue.text(f"document.slip.{key}") for key in keys)


def who_goes(operation: Preregistration, catalogue: Catalogue) -> str:
    """Who has to bring the things of `things_to_bring`, by name."""
    if operation.delegation is None:
        return catalogue.text("document.bring.citizen")
    name = wording.full_name(operation.delegation.delegate)
    return catalogue.text("document.bring.delegate", name=name)


def who_goes_unnamed(operation: Preregistration, catalogue: Catalogue) -> str:
    """The same for the slip."""
    if operation.delegation is None:
        return catalogue.text("document.bring.citizen")
    return catalogue.text("document.slip.bring-delegate")


def things_to_bring(operation: Preregistration, catalogue: Catalogue) -> tuple[str, ...]:
    """What the counter asks for: in person R-003-39, else R-003-68 or R-003-69.

    The registration number, which goes with it, is named by each paper in its own words.
    """
    text = catalogue.text
    if operation.delegation is None:
        return (
            text("document.bring.document"),
            text("document.bring.health-card"),
            *_proof_of_residence(operation.document, catalogue),
        )
    kind = operation.delegation.kind
    return (text(_FORM[kind]), *beside_the_form(kind, operation.document, catalogue))


def beside_the_form(
    kind: DelegationKind, document: IdentityDocument, catalogue: Catalogue
) -> tuple[str, ...]:
    """What goes with the signed form of `kind` (R-003-68, R-003-69).

    `document` is the citizen's: where it may not state the residence, R-003-40 wants a proof.
    """
    return (
        catalogue.text("document.bring.own-document"),
        catalogue.text(_COPY[kind]),
        *_proof_of_residence(document, catalogue),
    )


def _proof_of_residence(document: IdentityDocument, catalogue: Catalogue) -> tuple[str, ...]:
    if document.kind is DocumentKind.CARTA_IDENTITA:
        return ()
    return (catalogue.text("document.bring.residence"),)
