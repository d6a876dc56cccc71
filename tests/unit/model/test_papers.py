"""What to bring to the counter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.model.delegation import DelegationKind
from sync.model.papers import PAPER_OF_DELEGATION, Paper, to_bring
from tests.unit.model.examples import COMPLETE, DELEGATION, LEAST, PASSPORT


@pytest.mark.rule("R-003-39")
def test_papers_of_who_comes_in_person() -> None:
    assert to_bring(LEAST) == (
        Paper.REGISTRATION_NUMBER,
        Paper.IDENTITY_DOCUMENT,
        Paper.HEALTH_CARD,
    )


@pytest.mark.rule("R-003-40")
def test_proof_of_residence_where_the_document_lacks_it() -> None:
    assert to_bring(replace(LEAST, document=PASSPORT))[-1] is Paper.PROOF_OF_RESIDENCE


@pytest.mark.rule("R-003-35")
@pytest.mark.rule("R-003-68")
@pytest.mark.rule("R-003-69")
@pytest.mark.parametrize(
    ("kind", "paper"),
    [
        (DelegationKind.MODULO_DELEGA, Paper.DELEGATION_MODULE),
        (DelegationKind.DICHIARAZIONE_SOSTITUTIVA, Paper.SUBSTITUTIVE_DECLARATION),
    ],
)
def test_papers_of_a_delegate(kind: DelegationKind, paper: Paper) -> None:
    form = replace(COMPLETE, delegation=replace(DELEGATION, kind=kind))
    assert PAPER_OF_DELEGATION[kind] is paper
    assert to_bring(form) == (
        Paper.REGISTRATION_NUMBER,
        paper,
        Paper.DELEGATE_DOCUMENT,
        Paper.COPY_OF_CITIZEN_DOCUMENT,
        Paper.HEALTH_CARD,
    )
