"""The door before the registers: a whole look-up ends in time, whatever a register does."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest

from sync.hub.registers import PopulationRegisters, RegisterTrouble
from sync.model.inquiry import NotFound, PersonFound, RegisterName


@dataclass
class Dripping:
    """Answers when it is let go."""

    name: RegisterName
    open: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def find(
        self, codice_fiscale: str, comune: str, asked_by: str = ""
    ) -> PersonFound | RegisterTrouble | None:
        del codice_fiscale, comune, asked_by
        self.asked += 1
        self.open.wait(20)
        return None


@pytest.mark.rule("R-003-43")
def test_a_look_up_ends_in_time_and_a_stuck_register_is_not_waited_for() -> None:
    cia, aura = Dripping(RegisterName.CIA), Dripping(RegisterName.AURA)
    registers = PopulationRegisters([aura, cia], seconds=0.2)
    began = time.monotonic()
    found = registers.look_up("RSSMRA80A01L219M", "L219")
    assert time.monotonic() - began < 2
    assert found == NotFound((RegisterName.CIA, RegisterName.AURA))
    assert aura.asked == 0
    while cia.asked < 4:
        registers.look_up("RSSMRA80A01L219M", "L219")
    aura.open.set()
    began = time.monotonic()
    # All places of CIA are taken: it is not asked, and AURA has the time.
    assert registers.look_up("RSSMRA80A01L219M", "L219") == NotFound((RegisterName.CIA,))
    assert time.monotonic() - began < 0.15
    assert cia.asked == 4
    cia.open.set()
    for _ in range(200):
        if registers.look_up("RSSMRA80A01L219M", "L219") == NotFound():
            return
        time.sleep(0.01)
    raise TimeoutError


def test_a_fault_of_a_register_is_raised_where_it_was_asked() -> None:
    class Broken(Dripping):
        def find(
            self, codice_fiscale: str, comune: str, asked_by: str = ""
        ) -> PersonFound | RegisterTrouble | None:
            raise ZeroDivisionError(codice_fiscale[:0], comune[:0], asked_by)

    registers = PopulationRegisters([Broken(RegisterName.CIA)])
    for _ in range(5):
        with pytest.raises(ZeroDivisionError):
            registers.look_up("RSSMRA80A01L219M", "L219")
