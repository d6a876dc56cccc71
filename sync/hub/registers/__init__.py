"""Population registers behind one door: who a person is by their codice fiscale (R-003-10, 43).

CIA is asked first, then AURA, then nobody: the clerk fills the form. What a register says fills the
form in advance and is corrected by the clerk; it proves nothing. Revocation never touches them
(R-003-60).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final, Protocol

from sync.model.inquiry import NotFound, PersonFound, RegisterName

LOOK_UP_SECONDS: Final = 5.0
"""Longest time of a whole look-up: a counter's form does not wait for more than six."""

_AT_ONCE: Final = 4


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


Answer = PersonFound | RegisterTrouble | None


class _Places:
    """So many threads as may wait for one register; who comes beside them is told at once.

    A register whose answers drip keeps its own threads only, however long its connections live.
    """

    def __init__(self, register: PopulationRegister) -> None:
        self.name: Final = register.name
        self._register = register
        self._free = threading.Semaphore(_AT_ONCE)
        self._work: SimpleQueue[tuple[Future[Answer], tuple[str, str, str]]] = SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0

    def find(self, codice_fiscale: str, comune: str, asked_by: str, seconds: float) -> Answer:
        """As the register's own `find`, for so many seconds."""
        if seconds <= 0:
            return RegisterTrouble("register.away", "deadline")
        if not self._free.acquire(blocking=False):
            return RegisterTrouble("register.away", "busy")
        future: Future[Answer] = Future()
        self._work.put((future, (codice_fiscale, comune, asked_by)))
        with self._lock:
            if self._threads < _AT_ONCE:
                self._threads += 1
                name = f"register {self.name.value}"
                threading.Thread(target=self._run, name=name, daemon=True).start()
        try:
            return future.result(seconds)
        except TimeoutError:
            return RegisterTrouble("register.away", "deadline")

    def _run(self) -> None:
        while True:
            future, question = self._work.get()
            try:
                found = self._register.find(*question)
            except Exception as error:  # noqa: BLE001  raised where it was asked
                self._free.release()
                future.set_exception(error)
            else:
                self._free.release()
                future.set_result(found)


class PopulationRegisters:
    """The registers in the order in which they are asked. May be used from any thread."""

    def __init__(
        self, registers: Sequence[PopulationRegister] = (), *, seconds: float = LOOK_UP_SECONDS
    ) -> None:
        """With no register at all every person is unknown, and the form is empty.

        Args:
            registers: all there are.
            seconds: longest time of a whole look-up.
        """
        order = list(RegisterName)
        self._registers = [
            _Places(one) for one in sorted(registers, key=lambda one: order.index(one.name))
        ]
        self._seconds = seconds

    def look_up(
        self,
        codice_fiscale: str,
        comune: str,
        asked_by: str = "",
        *,
        without: Collection[RegisterName] = (),
    ) -> PersonFound | NotFound:
        """What the first register says that knows the person (R-003-43), in the time there is.

        Args:
            codice_fiscale: canonical.
            comune: Belfiore code of the residence that the clerk chose, empty for abroad.
            asked_by: names the operator to a register that wants to know who asks.
            without: registers that this operator may not ask; they count as not asked.
        """
        deadline = time.monotonic() + self._seconds
        unasked: list[RegisterName] = []
        for register in self._registers:
            if register.name in without:
                unasked.append(register.name)
                continue
            left = deadline - time.monotonic()
            found = register.find(codice_fiscale, comune, asked_by, left)
            match found:
                case PersonFound():
                    return found
                case RegisterTrouble():
                    unasked.append(register.name)
                case None:
                    pass
        return NotFound(tuple(unasked))
