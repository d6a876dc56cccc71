"""A short game; `make model` plays a hundred thousand steps."""

from __future__ import annotations

import pytest

from tests.counter_machine.__main__ import play
from tests.counter_machine.machine import CounterMachine


@pytest.mark.rule("R-003-9")
@pytest.mark.rule("R-003-13")
@pytest.mark.rule("R-003-22")
@pytest.mark.rule("R-003-60")
def test_the_registry_is_as_a_simple_model_says() -> None:
    assert play(600, dice=11, shrink=False)
    assert CounterMachine.counted["stands"] > 10
