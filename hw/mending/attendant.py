"""One device under care: looked at, mended step by step, told about.

Each device has an attendant with a thread of its own, so that one that hangs holds up no other.
A remedy is tried after the next gentler one did not help; when all are spent the device is away,
and is looked at until somebody plugs it in, without ever needing a restart of the program.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from hw.device_health import DeviceHealth, DeviceKind, DeviceState, HealthListener
from hw.errors import DeviceTrouble, TroubleKind

_GLANCE_SECONDS: Final = 0.2
_REMEDY_SECONDS: Final = 20.0
_Outcome = TypeVar("_Outcome")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a look at a device found.

    Attributes:
        trouble: what is the matter; None where nothing is.
        serves: whether it can be used all the same (paper is low).
        model: as `DeviceHealth.model`; empty where the look could not tell.
    """

    trouble: DeviceTrouble | None = None
    serves: bool = True
    model: str = ""

    @classmethod
    def failed(cls, trouble: DeviceTrouble) -> Standing:
        """It cannot be used."""
        return cls(trouble, serves=False)


@dataclass(frozen=True, slots=True)
class Remedy:
    """Something that may bring a device back.

    Attributes:
        name: for the log, `usb-reset`.
        apply: does it; trouble where it could not be done. Blocks for a few seconds at most.
        settles: seconds within which the device shows that it helped.
        helps: whether it can help at all against that trouble.
    """

    name: str
    apply: Callable[[], DeviceTrouble | None]
    settles: float = 3.0
    helps: Callable[[DeviceTrouble], bool] = field(default=lambda trouble: not by_hand(trouble))


def by_hand(trouble: DeviceTrouble) -> bool:
    """Whether only a person can help: a device that answers and refuses wants paper or rights."""
    return trouble.kind is TroubleKind.REFUSED


def unless_absent(trouble: DeviceTrouble) -> bool:
    """For remedies that need the device on its bus."""
    return trouble.kind is not TroubleKind.ABSENT and not by_hand(trouble)


class Patient(Protocol):
    """A device as its attendant sees it."""

    @property
    def kind(self) -> DeviceKind:
        """Which device."""
        ...

    def look(self) -> Standing:
        """How it stands; takes at most a few seconds and disturbs nobody who uses it."""
        ...

    @property
    def remedies(self) -> Sequence[Remedy]:
        """What can be tried, the gentlest first."""
        ...


class Clock(Protocol):
    """The two clocks of an attendant."""

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        ...

    def now(self) -> datetime:
        """The wall clock with its time zone."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        """`time.monotonic`."""
        return time.monotonic()

    def now(self) -> datetime:
        """The wall clock."""
        return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an attendant does what; all in seconds.

    Attributes:
        well: between two looks at a device that works.
        away: between two looks at one that does not.
        least: between any two looks, however often a bus pokes.
        silent: until a look that does not come back counts as trouble.
        again: until all remedies are tried anew, doubled each time up to `seldom`.
        seldom: longest time between two rounds of remedies.
        steady: of service, after which the next fault is one of its own.
    """

    well: float = 5.0
    away: float = 1.0
    least: float = 0.5
    silent: float = 6.0
    again: float = 10.0
    seldom: float = 300.0
    steady: float = 60.0


class Attendant:
    """Looks after one device until `stop`."""

    def __init__(
        self,
        patient: Patient,
        listener: HealthListener,
        *,
        pace: Pace | None = None,
        clock: Clock | None = None,
        applied: Callable[[DeviceKind, str, DeviceTrouble | None], None] | None = None,
    ) -> None:
        """An attendant that rests until `start`.

        Args:
            patient: the device.
            listener: gets each change of its health, and how it stands at the start.
            pace: how often to look.
            clock: for tests of time.
            applied: told of each remedy that was tried, and what hindered it.
        """
        self._patient = patient
        self._listener = listener
        self._pace = pace or Pace()
        self._clock = clock or SystemClock()
        self._applied = applied or (lambda _kind, _name, _trouble: None)
        self._health = DeviceHealth(patient.kind, DeviceState.MENDING)
        self._poked = threading.Event()
        self._stopped = threading.Event()
        self._told = threading.Lock()
        self._reported: DeviceTrouble | None = None
        self._asked = False
        self._fault_at: float | None = None
        self._served_since = 0.0
        self._next_round = 0.0
        self._rest = self._pace.again
        self._looking: _Errand[Standing] | None = None
        self._thread = threading.Thread(
            target=self._run, name=f"attendant-{patient.kind.value}", daemon=True
        )

    @property
    def health(self) -> DeviceHealth:
        """As it was told last."""
        return self._health

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self, patience: float = 3.0) -> None:
        """End. A thread that hangs in a device is left behind; it tells nothing any more."""
        with self._told:
            self._stopped.set()
        self._poked.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(patience)

    def poke(self, trouble: DeviceTrouble | None = None) -> None:
        """Look now: something changed on a bus, or a use of the device ended in `trouble`."""
        if trouble is not None:
            self._reported = trouble
        self._poked.set()

    def mend(self) -> None:
        """Try every remedy now, whether the device seems to need one or not: a person asked."""
        self._asked = True
        self._poked.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._round()
            except Exception as fault:  # noqa: BLE001  # no fault may leave a device without care
                kind = (("fault", type(fault).__name__),)
                self._tell(trouble=DeviceTrouble(TroubleKind.PROTOCOL, "device.fault", kind))
            well = self._health.state in {DeviceState.WORKING, DeviceState.DEGRADED}
            self._stopped.wait(self._pace.least)
            self._poked.wait(self._pace.well if well else self._pace.away)

    def _round(self) -> None:
        """One look, and what it asks for."""
        self._poked.clear()
        reported, self._reported = self._reported, None
        asked, self._asked = self._asked, False
        standing = self._look()
        if standing.trouble is None and reported is not None:
            self._note_fault(reported, standing)
            self._after_use(reported)
        self._settle(standing)
        if not standing.serves and standing.trouble is not None:
            self._care(standing.trouble, asked=asked)
        elif asked:
            self._care(standing.trouble or _ASKED, asked=True)

    def _look(self) -> Standing:
        """A look. One that hangs is left behind until it comes back, and is trouble meanwhile."""
        if self._looking is None:
            self._looking = _Errand(self._patient.look, f"look-{self._patient.kind.value}")
            outcome = self._looking.wait(self._pace.silent)
        else:
            outcome = self._looking.wait(_GLANCE_SECONDS)
        if outcome is None:
            return Standing.failed(SILENT)
        self._looking = None
        return Standing.failed(outcome) if isinstance(outcome, DeviceTrouble) else outcome

    def _apply(self, remedy: Remedy) -> DeviceTrouble | None:
        """Try a remedy; one that hangs is left behind."""
        errand = _Errand(lambda: (remedy.apply(),), f"remedy-{self._patient.kind.value}")
        outcome = errand.wait(_REMEDY_SECONDS)
        hindrance = outcome[0] if isinstance(outcome, tuple) else outcome or SILENT
        self._applied(self._patient.kind, remedy.name, hindrance)
        return hindrance

    def _settle(self, standing: Standing) -> None:
        """Take over what a look found."""
        if not standing.serves and standing.trouble is not None:
            if self._fault_at is None:
                now = self._clock.monotonic()
                self._fault_at = now
                if now - self._served_since > self._pace.steady:
                    # A device that comes and goes is not given every remedy each time.
                    self._next_round = 0.0
                    self._rest = self._pace.again
                self._note_fault(standing.trouble, standing)
            elif standing.trouble.code != (self._health.trouble or standing.trouble).code:
                self._tell(trouble=standing.trouble, last_trouble=standing.trouble)
            return
        state = DeviceState.DEGRADED if standing.trouble else DeviceState.WORKING
        model = standing.model or self._health.model
        if self._fault_at is None:
            last = standing.trouble or self._health.last_trouble
            self._tell(state=state, trouble=standing.trouble, last_trouble=last, model=model)
            return
        self._served_since = self._clock.monotonic()
        seconds = self._served_since - self._fault_at
        self._fault_at = None
        self._tell(
            state=state,
            trouble=standing.trouble,
            model=model,
            mended=self._health.mended + 1,
            seconds_to_service=seconds,
        )

    def _note_fault(self, trouble: DeviceTrouble, standing: Standing) -> None:
        """Count a fault; one that a use met and a look does not see is over already."""
        over = standing.trouble is None
        self._tell(
            state=self._health.state if over else DeviceState.MENDING,
            trouble=None if over else trouble,
            last_trouble=trouble,
            last_trouble_at=self._clock.now(),
            faults=self._health.faults + 1,
            model=standing.model or self._health.model,
        )

    def _after_use(self, trouble: DeviceTrouble) -> None:
        """A device that looks well but did not answer in use: its gentlest remedy, once."""
        if trouble.kind is not TroubleKind.PROTOCOL:
            return
        remedy = next((each for each in self._patient.remedies if each.helps(trouble)), None)
        if remedy is not None:
            self._apply(remedy)

    def _care(self, trouble: DeviceTrouble, *, asked: bool) -> None:
        """One round of remedies, where it is time for one."""
        now = self._clock.monotonic()
        if not asked and now < self._next_round:
            return
        self._next_round = now + self._rest
        self._rest = min(self._rest * 2, self._pace.seldom)
        for remedy in self._patient.remedies:
            if self._stopped.is_set():
                return
            if not asked and not remedy.helps(trouble):
                continue
            self._tell(state=DeviceState.MENDING)
            hindrance = self._apply(remedy)
            if hindrance is None and self._recovers(remedy.settles):
                return
        standing = self._look()
        self._settle(standing)
        if not standing.serves:
            self._tell(state=DeviceState.AWAY)

    def _recovers(self, seconds: float) -> bool:
        """Whether the device serves again within that time."""
        deadline = self._clock.monotonic() + seconds
        while not self._stopped.is_set():
            standing = self._look()
            if standing.serves:
                self._settle(standing)
                return True
            if self._clock.monotonic() >= deadline:
                return False
            self._poked.wait(_GLANCE_SECONDS)
            self._poked.clear()
        return False

    def _tell(self, **changes: object) -> None:
        health = replace(self._health, **changes)  # type: ignore[arg-type]  # names are the fields'
        if health == self._health:
            return
        self._health = health
        with self._told:
            if not self._stopped.is_set():
                self._listener(health)


class _Errand(Generic[_Outcome]):
    """Something that may hang, done on a thread of its own."""

    def __init__(self, do: Callable[[], _Outcome], name: str) -> None:
        self._done = threading.Event()
        self._outcome: _Outcome | DeviceTrouble | None = None

        def run() -> None:
            try:
                self._outcome = do()
            except Exception as fault:  # noqa: BLE001  # told; it must not leave a device alone
                kind = (("fault", type(fault).__name__),)
                self._outcome = DeviceTrouble(TroubleKind.PROTOCOL, "device.fault", kind)
            self._done.set()

        threading.Thread(target=run, name=name, daemon=True).start()

    def wait(self, seconds: float) -> _Outcome | DeviceTrouble | None:
        """What came of it, trouble where the program failed; None where it is not done yet."""
        return self._outcome if self._done.wait(seconds) else None


SILENT: Final = DeviceTrouble(TroubleKind.PROTOCOL, "device.silent")
"""A look or a remedy did not come back in time."""
_ASKED: Final = DeviceTrouble(TroubleKind.REFUSED, "device.mending-asked")
