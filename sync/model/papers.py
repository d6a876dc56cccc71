"""What a citizen or a delegate brings to the counter after a preregistration."""

from __future__ import annotations

from enum import Enum
from typing import Final

from sync.model.delegation import DelegationKind
from sync.model.documents import shows_residence
from sync.model.preregistration import Preregistration


class Paper(Enum):
    """A paper to bring; the texts are catalogue entries `paper.<value>`."""

    REGISTRATION_NUMBER = "registration_number"
    IDENTITY_DOCUMENT = "identity_document"
    HEALTH_CARD = "health_card"
    PROOF_OF_RESIDENCE = "proof_of_residence"
    DELEGATION_MODULE = "delegation_module"
    SUBSTITUTIVE_DECLARATION = "substitutive_declaration"
    DELEGATE_DOCUMENT = "delegate_document"
    COPY_OF_CITIZEN_DOCUMENT = "copy_of_citizen_document"


PAPER_OF_DELEGATION: Final = {
    DelegationKind.MODULO_DELEGA: Paper.DELEGATION_MODULE,
    DelegationKind.DICHIARAZIONE_SOSTITUTIVA: Paper.SUBSTITUTIVE_DECLARATION,
}
"""The paper that the kiosk prints, prefilled, for each kind of delegation (R-003-35)."""


def to_bring(operation: Preregistration) -> tuple[Paper, ...]:
    """The papers, in the order in which the counter asks for them.

    - in person (R-003-39): the identity document and the health card or codice fiscale, both
      valid;
    - delegation of type 1 (R-003-68): the module filled and signed by the citizen, the delegate's
      identity document, a photocopy of the citizen's;
    - delegation of type 2 (R-003-69): the declaration filled and signed by who comes, with the
      same two documents;
    - with a document that does not state the residence (R-003-40): a self-certification or a
      document that proves it.
    """
    papers = [Paper.REGISTRATION_NUMBER]
    match operation.delegation:
        case None:
            papers += [Paper.IDENTITY_DOCUMENT, Paper.HEALTH_CARD]
        case delegation:
            papers += [
                PAPER_OF_DELEGATION[delegation.kind],
                Paper.DELEGATE_DOCUMENT,
                Paper.COPY_OF_CITIZEN_DOCUMENT,
                Paper.HEALTH_CARD,
            ]
    if not shows_residence(operation.document.kind):
        papers.append(Paper.PROOF_OF_RESIDENCE)
    return tuple(papers)
