"""No text that a person accepts, refuses, confirms or signs is corrected from afar."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync.model.text_corrections import is_kept
from tests.unit.strings.sources import entries

SHARED = Path(__file__).resolve().parents[3] / "sync" / "texts"
BINDING = {
    "it": re.compile(
        r"accett|consens|\bfirm[aoi]|dichiar|informativa|\bdeleg[oh]|autorizz|\bchiedo\b|ho letto"
        r"|l'ha letta|d'accordo|rinunc",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\baccept|\bconsent|\bsign(?:s|ature)?\b(?!-? ?(?:me )?(?:in|up|out)\b)|\bdeclar|privacy notice|\bauthori[sz]e|\bI ask\b"
        r"|\bI agree|have read|\bwaive",
        re.IGNORECASE,
    ),
}
"""What texts say by which somebody binds themselves."""

TOLD = (
    # Explanations: what a card, the registry or a page says, or what is to be done elsewhere.
    "clerk.already-strong.",
    "clerk.booking-delegation.",
    "clerk.disputes.",
    "clerk.done.",
    "clerk.old-credentials.",
    "clerk.recording.",
    "clerk.signing-in.",
    "console.",
    "desk.",
    "document.bring.",
    "document.delegation-kind.",
    "document.qr.",
    "failure-cause.",
    "failure.",
    "identity-check.",
    "identity-document.",
    "installation.done.",
    "installation.steps.",
    "option.delegation-kind.",
    "outbox.",
    "paper.delegation-module",
    "paper.letter.",
    "preregistration.done.",
    "problem.",
    "property.",
    "provisioning.",
    "readiness.",
    "signed-list.",
    "station-page.",
    "verdict.",
)


@pytest.mark.parametrize("language", BINDING)
def test_a_text_by_which_somebody_binds_themselves_is_kept_or_said_to_be_none(
    language: str,
) -> None:
    """A new one is put among the families that are kept, or here."""
    open_still = [
        key
        for key, forms in entries(language).items()
        if any(BINDING[language].search(form) for form in forms)
        and not is_kept(key)
        and not key.startswith(TOLD)
    ]
    assert not open_still, "\n".join(open_still)


def test_every_text_of_these_families_is_kept() -> None:
    families = (
        *("preregistration.privacy.", "procedure.", "paper.regulation.", "paper.revocation."),
        *("document.declaration.", "document.delegation.", "identification.confirm."),
        *("fingerprint.notice.", "clerk.notice.", "button."),
    )
    for family in families:
        found = [key for key in entries("it") if key.startswith(family)]
        assert found, family
        assert all(map(is_kept, found)), family
    assert all(map(is_kept, (key for key in entries("it", SHARED) if key)))


def test_the_words_under_which_somebody_refuses_or_confirms_are_kept() -> None:
    for key in entries("it"):
        if key.rpartition(".")[2] in {"refuse", "confirm", "accept", "signature"}:
            assert is_kept(key), key


def test_what_only_explains_may_be_corrected() -> None:
    for key in ("welcome.title", "registration-status.found.help", "preregistration.done.title"):
        assert key in entries("it"), key
        assert not is_kept(key), key
