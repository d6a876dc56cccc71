"""The letters of counters: what they say, and that a code is opened only when it is sent."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.hub import letters as words
from sync.hub import settings
from sync.hub.composing import UNREADABLE_CODE, Composer
from sync.hub.letters import Content
from sync.hub.mailer import UnsendableError
from sync.hub.store import letters
from sync.hub.store.letters import LetterKind, QueuedLetter
from sync.model.codes import make_code, shown
from sync.model.credential import OperationKind
from sync.wire import mail_seal
from sync.wire.sealing import UnsealingKey
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import HOUR
from tests.unit.hub.test_letters import part
from tests.unit.hub.test_setup import TABLES
from tests.workbench.pki import to_toml

CODE = make_code(lambda below: below - 1)


@pytest.fixture
def composer(counters: Office, tmp_path: Path) -> Composer:
    folder = tmp_path / "hub"
    folder.mkdir()
    (folder / "hub.toml").write_text(to_toml(TABLES))
    bench = counters.bench
    return Composer(settings.load(folder), bench.tokens, [bench.letters])


def text(composer: Composer, counters: Office, letter: QueuedLetter) -> str:
    return part(composer.compose(counters.bench.store, letter), "plain")


@pytest.mark.rule("R-003-25", "R-003-28")
def test_activation_code_is_told_with_its_last_day_and_where_to_go(
    composer: Composer, counters: Office
) -> None:
    counters.here.register(1)
    (letter,) = counters.due()
    told = text(composer, counters, letter)
    assert shown(CODE) in told.splitlines()
    assert "17 gennaio 2027" in told
    assert "https://hub.example/activate" in told.splitlines()
    assert "codice fiscale" in told


@pytest.mark.rule("C-003-10")
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_letter_of_a_revocation_speaks_of_nothing_else(
    composer: Composer, counters: Office, language: str
) -> None:
    counters.here.register(1, language=language)
    counters.here.book(counters.seen(1), OperationKind.REVOCA)
    (letter,) = counters.due()
    told = text(composer, counters, letter)
    assert shown(CODE) in told.splitlines()
    assert "https://hub.example/revoke" in told.splitlines()
    for word in ("attivazione", "activation", "password", "PIN"):
        assert word not in told


def test_code_for_another_hub_or_operation_is_never_sent(
    composer: Composer, counters: Office
) -> None:
    counters.here.register(1)
    (letter,) = counters.due()
    with pytest.raises(UnsendableError) as refused:
        composer.compose(counters.bench.store, replace(letter, operation_id=uuid.uuid4().hex))
    assert refused.value.code == UNREADABLE_CODE
    foreign = mail_seal.seal_code(
        CODE, UnsealingKey.generate().sealing_key, uuid.UUID(letter.operation_id or "")
    )
    with pytest.raises(UnsendableError):
        composer.compose(counters.bench.store, replace(letter, mailed_code=foreign))


def test_code_is_gone_from_the_registry_when_its_letter_is_done(counters: Office) -> None:
    store = counters.bench.store
    counters.here.register(1)
    counters.here.register(2)
    first, second = counters.due()
    with store.transaction():
        letters.sent(store, first.id, counters.bench.now)
        letters.refused(store, second.id, "550", counters.bench.now)
    assert store.rows("SELECT DISTINCT mailed_code FROM letter") == [(None,)]


def test_loser_learns_which_letters_are_good(composer: Composer, counters: Office) -> None:
    counters.here.register(1)
    seen, at = counters.seen(1), counters.bench.now
    counters.bench.now += 30 * HOUR
    counters.there.book(seen, OperationKind.REVOCA, at=at + 26 * HOUR)
    counters.here.book(seen, OperationKind.REVOCA, at=at + HOUR)
    (letter,) = [one for one in counters.due() if one.kind is LetterKind.OVERTAKEN]
    told = text(composer, counters, letter)
    void, good = told.split("Valgono:")
    assert ' dello sportello "Comune di Torino", 26 novembre 2026.' in void
    assert ' dello sportello "ASL di Esempio", 27 novembre 2026.' in good
    assert f"- le lettere numero {letter.facts['letters']} " in void
    assert f"- le lettere numero {letter.facts['standing_letters']} " in good


@pytest.mark.rule("R-003-28")
@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("operation", [kind.value for kind in OperationKind][:4])
def test_every_procedure_has_its_confirmation(language: str, operation: str) -> None:
    content = Content("Ente", "sistemapiemonte", operation=operation)
    texts = {
        words.write(LetterKind.CONCLUDED, language, replace(content, operation=kind.value)).text
        for kind in list(OperationKind)[:4]
    }
    assert len(texts) == 4
    assert words.write(LetterKind.CONCLUDED, language, content).subject


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("standing", ["booking", "moved", "gone"])
def test_overtaken_says_why(language: str, standing: str) -> None:
    content = Content(
        "Ente",
        "sistemapiemonte",
        office="A",
        done_on=date(2026, 11, 8),
        standing=standing,
        by_office="B" if standing == "booking" else "",
        standing_on=date(2026, 11, 11) if standing == "booking" else None,
        letters="A1B2-C3D4",
        standing_letters="E5F6-0718" if standing == "booking" else "",
    )
    told = words.write(LetterKind.OVERTAKEN, language, content).text
    assert ("L'8 novembre 2026" in told) or language == "en"
    assert ('"B"' in told) is (standing == "booking")
    assert "A1B2-C3D4" in told
    assert ("E5F6-0718" in told) is (standing == "booking")
    assert "None" not in told
