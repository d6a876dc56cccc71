"""Who is being identified: a person with the document that speaks for her."""

from __future__ import annotations

from dataclasses import dataclass

from sync.model.dates import PartialDate
from sync.model.identification import DocumentSeen


@dataclass(frozen=True, slots=True, repr=False)
class Candidate:
    """The holder of a document that was read and judged, in the model's canonical data.

    Attributes:
        codice_fiscale: canonical.
        surname, name: canonical; None for who has none.
        birth_date: as the document has it.
        document: what the verdict says of the document.
        pin_proven: whether the holder has proven to know the PIN of this document, a health card of
            a known issuer.
    """

    codice_fiscale: str
    surname: str | None
    name: str | None
    birth_date: PartialDate
    document: DocumentSeen
    pin_proven: bool = False

    def __repr__(self) -> str:
        return "Candidate(...)"
