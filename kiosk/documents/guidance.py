"""What happens next and what to bring: the same sentences on the page and on the slip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from kiosk.documents import wording
from kiosk.strings.catalogue import Catalogue
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, shows_residence
from sync.model.papers import Paper, to_bring
from sync.model.preregistration import Preregistration

_BROUGHT: Final = {
    Paper.IDENTITY_DOCUMENT: "document.bring.document",
    Paper.HEALTH_CARD: "document.bring.health-card",
    Paper.PROOF_OF_RESIDENCE: "document.bring.residence",
}
_BROUGHT_FOR_ANOTHER: Final = {
    Paper.DELEGATION_MODULE: "document.bring.module",
    Paper.SUBSTITUTIVE_DECLARATION: "document.bring.declaration",
    Paper.DELEGATE_DOCUMENT: "document.bring.own-document",
    Paper.HEALTH_CARD: "document.bring.health-card-of-another",
    Paper.PROOF_OF_RESIDENCE: "document.bring.residence",
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
    """What the counter asks for, in the order of `sync.model.papers.to_bring`.

    The registration number, which goes with it, is left to each paper's own words.
    """
    papers = (paper for paper in to_bring(operation) if paper is not Paper.REGISTRATION_NUMBER)
    delegation = operation.delegation
    if delegation is None:
        return tuple(catalogue.text(_BROUGHT[paper]) for paper in papers)
    keys = {**_BROUGHT_FOR_ANOTHER, Paper.COPY_OF_CITIZEN_DOCUMENT: _COPY[delegation.kind]}
    return tuple(catalogue.text(keys[paper]) for paper in papers)


def beside_the_form(
    operation: Preregistration, kind: DelegationKind, catalogue: Catalogue
) -> tuple[str, ...]:
    """What goes with the signed form of `kind`, whether or not a delegate is already named.

    Which papers these are depends on the kind alone: anybody stands in for an unnamed delegate.
    """
    stand_in = Delegation(kind, operation.person, operation.document)
    _, *others = things_to_bring(replace(operation, delegation=stand_in), catalogue)
    return tuple(others)


def beside_a_form(
    kind: DelegationKind, document: DocumentKind | None, catalogue: Catalogue
) -> tuple[str, ...]:
    """What goes with the signed form of `kind` where there is no preregistration.

    Args:
        kind: which form.
        document: of the citizen; None where it is not known, then the residence may have to be
            proven.
        catalogue: language of the texts.
    """
    keys = ["document.bring.own-document", _COPY[kind], "document.bring.health-card-of-another"]
    if document is None or not shows_residence(document):
        keys.append("document.bring.residence")
    return tuple(catalogue.text(key) for key in keys)
