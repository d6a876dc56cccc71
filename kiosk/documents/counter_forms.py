"""The papers that are signed by hand: Regolamento, delegation, declaration, request of revocation.

Each is exceptional or goes with a delegation (R-003-85): the office keeps the signed original, and
its bar code files it. What is known is filled in, what is not is a blank line; without anybody it is
the blank form that an office offers (R-003-84). Valid in Italian: in another language a translation
comes first and has no place for a signature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from kiosk.documents import guidance, rows, wording
from kiosk.documents.applicant import Applicant
from kiosk.documents.archive import ArchivePaper, archive_bars, archive_code
from kiosk.documents.counter_summary import grouped
from kiosk.documents.paper_settings import PaperSettings
from kiosk.documents.press import Sheet, typeset
from kiosk.documents.rows import Row
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import Catalogue
from sync.model.delegation import Delegation, DelegationKind
from sync.texts.acceptance import TextName
from sync.texts.reading import read

VALID_IN: Final = "it"
"""The language in which a form is signed."""

_DEFAULTS: Final = PaperSettings()


def regulation_form(
    applicant: Applicant,
    office: OfficeInfo,
    catalogue: Catalogue,
    *,
    made_at: datetime,
    papers: PaperSettings = _DEFAULTS,
) -> bytes:
    """Return Allegato 4, the Regolamento to be signed on paper, by exception (R-003-50).

    Personal data and date are filled in; place and signature are by hand, and on a blank form the
    date too.

    Args:
        applicant: who accepts it.
        office: named on the page.
        catalogue: language of the person.
        made_at: aware time of the paper.
        papers: who releases the credentials.
    """

    def values(language: Catalogue) -> Mapping[str, object]:
        return {
            "legal": read(TextName.REGULATION, language.language, papers.authority or office.name),
            "applicant": applicant.identity(language),
            "date": wording.local_day(made_at, language) if applicant != Applicant() else None,
            "bring": (),
        }

    form = _Form("regulation.html", ArchivePaper.REGULATION, applicant, office, made_at)
    return form.typeset(catalogue, values)


def delegation_form(
    applicant: Applicant,
    delegation: Delegation | None,
    office: OfficeInfo,
    catalogue: Catalogue,
    *,
    made_at: datetime,
) -> bytes:
    """Return Allegato 5, "Modulo delega richiesta credenziali" (R-003-68, 81).

    Signed by the person who delegates. A delegation of the other kind is left out.

    Args:
        applicant: who delegates.
        delegation: to whom; None leaves it blank.
        office: named on the page.
        catalogue: language of the person.
        made_at: aware time of the paper.
    """
    form = _Form("delegation.html", ArchivePaper.DELEGATION_MODULE, applicant, office, made_at)
    return form.typeset(
        catalogue, _with_delegate(DelegationKind.MODULO_DELEGA, applicant, delegation)
    )


def declaration_form(
    applicant: Applicant,
    delegation: Delegation | None,
    office: OfficeInfo,
    catalogue: Catalogue,
    *,
    made_at: datetime,
) -> bytes:
    """Return Allegato 6, the declaration for a protected adult (R-003-69, 82).

    Signed by the representative, who is there; the person represented delegates nobody (C-003-18).

    Args:
        applicant: who is represented.
        delegation: by whom; None leaves it blank.
        office: named on the page.
        catalogue: language of the person.
        made_at: aware time of the paper.
    """
    paper = ArchivePaper.SUBSTITUTIVE_DECLARATION
    form = _Form("declaration.html", paper, applicant, office, made_at)
    return form.typeset(
        catalogue, _with_delegate(DelegationKind.DICHIARAZIONE_SOSTITUTIVA, applicant, delegation)
    )


def revocation_request(
    applicant: Applicant,
    office: OfficeInfo,
    catalogue: Catalogue,
    *,
    made_at: datetime,
    by_post: bool = False,
    papers: PaperSettings = _DEFAULTS,
) -> bytes:
    """Return "Richiesta di revoca delle credenziali" (R-003-83).

    Args:
        applicant: who asks.
        office: named on the page.
        catalogue: language of the person.
        made_at: aware time of the paper.
        by_post: sent by registered letter (R-003-59); otherwise of old credentials, signed at the
            counter and archived before these are deleted (R-003-46).
        papers: where a registered letter goes.
    """

    def values(language: Catalogue) -> Mapping[str, object]:
        brought = ("copy",) if by_post else ("document", "health-card")
        return {
            "applicant": (
                *applicant.identity(language),
                Row(language.text("document.field.email"), applicant.email),
            ),
            "by_post": by_post,
            "to": papers.revocation_address,
            "bring": tuple(language.text(f"paper.revocation.{thing}") for thing in brought),
        }

    form = _Form("revocation.html", ArchivePaper.REVOCATION_REQUEST, applicant, office, made_at)
    return form.typeset(catalogue, values)


@dataclass(frozen=True, slots=True, repr=False)
class _Form:
    """What all forms share: the head, the bar code, and which language is signed."""

    template: str
    paper: ArchivePaper
    applicant: Applicant
    office: OfficeInfo
    made_at: datetime

    def typeset(
        self, catalogue: Catalogue, values: Callable[[Catalogue], Mapping[str, object]]
    ) -> bytes:
        """The translation where one is wanted, then the form to be signed."""
        languages = [catalogue]
        if catalogue.language != VALID_IN:
            languages.append(Catalogue.load(VALID_IN))
        whose = self.applicant.number or self.applicant.codice_fiscale or ""
        archive = archive_bars(archive_code(whose, self.paper))
        pictures = {} if archive is None else {"archive": archive.png}
        heading = {
            "office_name": self.office.name,
            "number": grouped(self.applicant.number),
            "archive": archive,
        }
        sheets = [
            Sheet(
                self.template,
                language,
                {**heading, "to_sign": language.language == VALID_IN, **values(language)},
                pictures,
            )
            for language in languages
        ]
        return typeset(sheets, created=self.made_at)


def _with_delegate(
    kind: DelegationKind, applicant: Applicant, given: Delegation | None
) -> Callable[[Catalogue], Mapping[str, object]]:
    delegation = given if given is not None and given.kind is kind else None
    document = None if applicant.document is None else applicant.document.kind

    def values(language: Catalogue) -> Mapping[str, object]:
        return {
            "citizen": applicant.identity(language),
            "delegate": rows.delegate(delegation, language),
            "bring": guidance.beside_a_form(kind, document, language),
        }

    return values
