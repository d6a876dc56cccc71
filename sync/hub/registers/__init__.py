"""Population registers behind one door: who a person is by their codice fiscale (R-003-10, 43).

CIA is asked first, then AURA, then nobody: the clerk fills the form. What a register says fills the
form in advance and is corrected by the clerk; it proves nothing. Revocation never touches them
(R-003-60).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.model.inquiry import NotFound, PersonFound, RegisterName


@dataclass(frozen=True, slots=True)
class RegisterTrouble:
    """A register that could not be asked.

    Attributes:
        code: `register.away`, `register.refused`, `register.nonsense`, `register.not-configured`.
        detail: for the hub's log, free of personal data.
    """

    code: str
    detail: str = ""


class PopulationRegister(Protocol):
    """One register."""

    @property
    def name(self) -> RegisterName:
        """Which of the two it is."""
        ...

    def find(
        self, codice_fiscale: str, comune: str, asked_by: str = ""
    ) -> PersonFound | RegisterTrouble | None:
        """What the register knows of a person.

        Args:
            codice_fiscale: canonical.
            comune: Belfiore code of the residence that the clerk chose, empty for abroad.
            asked_by: names the operator to a register that wants to know who asks.

        Returns:
            What it knows; None where it does not know the person (CIA: where the comune is not
            connected, or is another one); or why it could not be asked.
        """
        ...


class PopulationRegisters:
    """The registers in the order in which they are asked. May be used from any thread."""

    def __init__(self, registers: Sequence[PopulationRegister] = ()) -> None:
        """With no register at all every person is unknown, and the form is empty."""
        order = list(RegisterName)
        self._registers = sorted(registers, key=lambda one: order.index(one.name))

    def look_up(
        self, codice_fiscale: str, comune: str, asked_by: str = ""
    ) -> PersonFound | NotFound:
        """What the first register says that knows the person (R-003-43).

        Args:
            codice_fiscale: canonical.
            comune: Belfiore code of the residence that the clerk chose, empty for abroad.
            asked_by: names the operator to a register that wants to know who asks.
        """
        unasked: list[RegisterName] = []
        for register in self._registers:
            found = register.find(codice_fiscale, comune, asked_by)
            match found:
                case PersonFound():
                    return found
                case RegisterTrouble():
                    unasked.append(register.name)
                case None:
                    pass
        return NotFound(tuple(unasked))
