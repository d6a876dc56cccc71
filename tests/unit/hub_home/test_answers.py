"""A secret answer on the web pages: what it may not be beside what was chosen before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from sync.hub.home.checking import BusyError
from sync.hub.home.procedures import Proceeding
from sync.hub.web.forms import Draft
from sync.hub.web.steps import Visit, take
from sync.model.credential import OperationKind
from sync.model.home import HomeStep
from sync.wire import secret_digest
from tests.unit.hub_home.people import NOW, Registry

PASSWORD = "Lanterna torre 48"
CHOSEN = "nuvola martello ottobre lanterna"
STEP = HomeStep.SECRET_QUESTION


@pytest.fixture
def proceeding(registry: Registry) -> Proceeding:
    registry.book(OperationKind.RISCONTRO_FORTE)
    found: Proceeding | None = registry.home.proceeding(
        registry.store, registry.ticket().ticket, NOW
    )
    assert found is not None
    return found


def sent(proceeding: Proceeding, answer: str) -> tuple[Draft, dict[str, str]]:
    """What became of an answer that was sent."""
    draft = Draft(OperationKind.RISCONTRO_FORTE, (STEP,), NOW, username="mario.rossi80")
    draft.password = secret_digest.digest(PASSWORD.encode())
    form = {"step": STEP.value, "question": "1", "answer": answer}
    visit = Visit(draft, proceeding, b"", form)
    return draft, take(visit, STEP, lambda key, **_: key, None, lambda _: None, nullcontext)


@pytest.mark.rule("R-003-38")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Mario Rossi 80", "answer.is-username"),
        (PASSWORD, "answer.in-password"),
        (f" {PASSWORD} ", "answer.in-password"),
    ],
)
def test_an_answer_that_is_the_login_is_refused(
    proceeding: Proceeding, answer: str, code: str
) -> None:
    draft, problems = sent(proceeding, answer)
    assert problems == {"answer": code}
    assert not draft.answer
    assert STEP not in draft.done


def test_another_answer_is_taken(proceeding: Proceeding) -> None:
    draft, problems = sent(proceeding, "Una bicicletta rossa")
    assert not problems
    assert STEP in draft.done
    assert secret_digest.verify(draft.answer, b"una bicicletta rossa")


def test_nothing_is_digested_beside_the_places(
    proceeding: Proceeding, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages' digests wait in one line with those who show codes."""
    inside, digested, digest = [False], [], secret_digest.digest

    @contextmanager
    def place() -> Iterator[None]:
        inside[0] = True
        yield
        inside[0] = False

    def watched(secret: bytearray) -> str:
        digested.append(inside[0])
        return digest(secret)

    monkeypatch.setattr(secret_digest, "digest", watched)
    steps = (HomeStep.PASSWORD, STEP)
    draft = Draft(OperationKind.RISCONTRO_FORTE, steps, NOW, username="mario.rossi80")
    password = {"password": CHOSEN, "password-again": CHOSEN}
    answer = {"question": "1", "answer": "Una bicicletta rossa"}
    for step, form in zip(steps, (password, answer), strict=True):
        visit = Visit(draft, proceeding, b"", form)
        assert not take(visit, step, lambda key, **_: key, None, lambda _: None, place)
    assert digested == [True, True]


def test_where_there_is_no_place_the_person_comes_again(proceeding: Proceeding) -> None:
    steps = (HomeStep.PASSWORD, STEP)
    draft = Draft(OperationKind.RISCONTRO_FORTE, steps, NOW, username="mario.rossi80")

    def none_free() -> AbstractContextManager[None]:
        raise BusyError

    password = {"password": CHOSEN, "password-again": CHOSEN}
    answer = {"question": "1", "answer": "Una bicicletta rossa"}
    told = [
        take(
            Visit(draft, proceeding, b"", form),
            step,
            lambda key, **_: key,
            None,
            lambda _: None,
            none_free,
        )
        for step, form in zip(steps, (password, answer), strict=True)
    ]
    assert told == [{"password": "home.busy"}, {"answer": "home.busy"}]
    assert not draft.done
    assert not draft.password
    assert not draft.answer
