"""An operator signs in at the real window, with a real card, and finds the office's people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.workbench.counter import OPERATOR_PIN
from tests.workbench.display import Display
from tests.workbench.stage import Stage

TYPING = 5.0
"""Keys a second: a field that hides what is typed takes no keys at a scanner's pace."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Display() as display, Stage(display, role="counter") as made:
        yield made


@pytest.mark.rule("R-003-55")
def test_card_and_pin_lead_to_the_menu_and_the_pulled_card_away_from_it(stage: Stage) -> None:
    clerk = stage.person
    clerk.wait_for("clerk.sign-in")
    stage.operator_in()
    clerk.touch("field.pin")
    clerk.writes(OPERATOR_PIN, per_second=TYPING)
    clerk.presses("Return")
    clerk.wait_for("clerk.menu")
    assert any("Anna Operatrice" in text for text in clerk.sees())
    stage.reader.remove()
    clerk.wait_for("clerk.sign-in", "clerk.card-pulled")
