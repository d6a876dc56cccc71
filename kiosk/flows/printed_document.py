"""Which papers there are."""

from __future__ import annotations

from enum import Enum


class PrintedDocument(Enum):
    """The papers of a preregistration, of acts, and of a counter (R-003-76 to 83)."""

    RECEIPT_SLIP = "receipt-slip"
    """The receipt on 80 mm paper."""
    RECEIPT_PAGE = "receipt-page"
    """The receipt on A4."""
    SUMMARY = "summary"
    """The data as given (R-003-79)."""
    DELEGATION_MODULE = "delegation-module"
    """The delegation to sign, prefilled (R-003-68, R-003-81)."""
    SUBSTITUTIVE_DECLARATION = "substitutive-declaration"
    """The declaration for a protected adult, prefilled (R-003-69, R-003-82)."""
    IDENTIFICATION_SLIP = "identification-slip"
    """That somebody was identified here, and how, on 80 mm paper; an `ActReceipt`."""
    READINESS_REPORT = "readiness-report"
    """How the devices of the station stand, on A4; an `ActReceipt`."""
    INSTALLATION_REPORT = "installation-report"
    """The report of an installation, on A4, for its signatures (R-001-20); an `ActReceipt`."""
    PIN_LETTER = "pin-letter"
    """Allegato 1, from a counter; never displayed (C-003-23)."""
    ACTIVATION_LETTER = "activation-letter"
    """Allegato 2a: the activation code."""
    REVOCATION_LETTER = "revocation-letter"
    """Allegato 2b: the revocation code (C-003-10)."""
    CASE_SUMMARY = "case-summary"
    """Allegato 3 of a counter, with the code by which another station goes on."""
    REGULATION = "regulation"
    """Allegato 4, prefilled; only exceptionally (R-003-50)."""
    REVOCATION_REQUEST = "revocation-request"
    """Whoever has old credentials asks for their end (R-003-46, 83)."""

    @property
    def on_slip(self) -> bool:
        """Whether it goes to the thermal printer; all others go to the A4 printer."""
        return self in {PrintedDocument.RECEIPT_SLIP, PrintedDocument.IDENTIFICATION_SLIP}
