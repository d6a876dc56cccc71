"""The documents that a service's page offers (R-003-84): `python -m kiosk.documents.downloads`.

The manual, and blank: Regolamento, request of revocation by post, delegation module and substitutive
declaration, each in every language.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from kiosk.documents.applicant import Applicant
from kiosk.documents.counter_forms import (
    declaration_form,
    delegation_form,
    regulation_form,
    revocation_request,
)
from kiosk.documents.manual import citizens_manual
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows.office import OfficeInfo
from kiosk.strings.catalogue import LANGUAGES, Catalogue
from sync.model.preregistration import Community

_NOBODY: Final = Applicant()


def blank_forms(
    office_name: str, papers: PaperSettings, *, made_at: datetime
) -> Mapping[str, bytes]:
    """The manual and the blank forms by file name, `delegation.it.pdf`, each as PDF/UA-1.

    Args:
        office_name: named at the head of each.
        papers: who releases the credentials, and where a registered letter goes.
        made_at: aware time that stands in the files; no page shows it.
    """
    office = OfficeInfo("", office_name, "", Community.SISTEMA_PIEMONTE)
    forms: dict[str, bytes] = {}
    for language in LANGUAGES:
        catalogue = Catalogue.load(language)
        forms |= {
            f"manual.{language}.pdf": citizens_manual(
                office, catalogue, authority=papers.authority, made_at=made_at
            ),
            f"regulation.{language}.pdf": regulation_form(
                _NOBODY, office, catalogue, made_at=made_at, papers=papers
            ),
            f"revocation-request.{language}.pdf": revocation_request(
                _NOBODY, office, catalogue, made_at=made_at, by_post=True, papers=papers
            ),
            f"delegation.{language}.pdf": delegation_form(
                _NOBODY, None, office, catalogue, made_at=made_at
            ),
            f"declaration.{language}.pdf": declaration_form(
                _NOBODY, None, office, catalogue, made_at=made_at
            ),
        }
    return forms


def main(arguments: Sequence[str] | None = None) -> int:
    """Write them into a folder; 0, or 1 with a line on stderr where it cannot be."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.documents.downloads")
    parser.add_argument("folder", type=Path, help="an existing folder")
    parser.add_argument("--office", default="", help="name at the head of each form")
    parser.add_argument("--authority", default="", help="who releases the credentials")
    parser.add_argument(
        "--address", action="append", default=[], help="a line of where registered letters go"
    )
    given = parser.parse_args(arguments)
    papers = PaperSettings(authority=given.authority, revocation_address="\n".join(given.address))
    made_at = datetime.now(UTC)
    try:
        for name, data in blank_forms(given.office, papers, made_at=made_at).items():
            (given.folder / name).write_bytes(data)
    except OSError as error:
        sys.stderr.write(f"{given.folder}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
