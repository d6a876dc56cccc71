"""What the readiness pages show: the list of the devices, and all that is known of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from kiosk.flows.failures import FAILURES
from kiosk.flows.installer.readiness import DevicePage, Findings, TestResult
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.verdicts import Fact


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One line of the list; a touch on it is `DeviceChosen(kind)`.

    Attributes:
        kind: which device.
        state: for the icon; `said` says it in words too.
        name: what the device is called.
        said: its state in words.
        test: how its test went, in words.
        passed: the same for the icon; None where no test was run.
        code: failure code of what is wrong now, or with the last test; None where nothing is.
    """

    kind: DeviceKind
    state: DeviceState
    name: Phrase
    said: Phrase
    test: Phrase
    passed: bool | None
    code: str | None = None


def list_rows(known: Findings) -> tuple[DeviceRow, ...]:
    """A line for every device that was told of, in the order of `DeviceKind`."""
    return tuple(_row(one, known.test_of(one.kind)) for one in known.devices)


def _row(health: DeviceHealth, test: TestResult | None) -> DeviceRow:
    code = health.trouble.code if health.trouble is not None else None
    if code is None and test is not None:
        code = test.code
    return DeviceRow(
        kind=health.kind,
        state=health.state,
        name=phrase(f"device.{health.kind.value}"),
        said=phrase(f"device-state.{health.state.value}"),
        test=phrase(f"device-test.{_result(test)}"),
        passed=None if test is None else test.passed,
        code=code,
    )


def _result(test: TestResult | None) -> str:
    if test is None:
        return "none"
    return "passed" if test.passed else "failed"


def device_rows(page: DevicePage) -> tuple[Fact, ...]:
    """Everything that is known of one device; each failure with its code, text and remedy."""
    health, test = page.known.of(page.kind), page.known.test_of(page.kind)
    facts = [Fact(phrase("readiness.row.state"), phrase(f"device-state.{health.state.value}"))]
    if health.model:
        facts.append(Fact(phrase("readiness.row.model"), literal(health.model)))
    facts.append(Fact(phrase("readiness.row.test"), phrase(f"device-test.{_result(test)}")))
    if test is not None and test.code is not None:
        facts += _failure("test-failure", test.code)
    if health.trouble is not None:
        facts += _failure("failure", health.trouble.code)
    elif health.last_trouble is not None:
        facts += _failure("last-failure", health.last_trouble.code)
    if health.last_trouble_at is not None:
        facts.append(Fact(phrase("readiness.row.since"), _moment(health.last_trouble_at)))
    facts.append(Fact(phrase("readiness.row.faults"), literal(str(health.faults))))
    facts.append(Fact(phrase("readiness.row.mended"), literal(str(health.mended))))
    if health.seconds_to_service is not None:
        took = phrase("readiness.seconds", seconds=f"{health.seconds_to_service:.1f}")
        facts.append(Fact(phrase("readiness.row.recovery"), took))
    return tuple(facts)


def _failure(name: str, code: str) -> list[Fact]:
    """A failure for who can act on it: the code, what it means, what to do."""
    return [
        Fact(phrase(f"readiness.row.{name}"), literal(code)),
        Fact(phrase("readiness.row.meaning"), phrase(f"failure.{code}.clerk")),
        Fact(phrase("readiness.row.remedy"), phrase(f"failure.{code}.remedy")),
        *_who(code),
    ]


def _who(code: str) -> tuple[Fact, ...]:
    """Who can act first; nothing of a code that the table does not know."""
    failure = FAILURES.get(code)
    if failure is None:
        return ()
    actor = phrase(f"failure-actor.{failure.actor.value}")
    return (Fact(phrase("readiness.row.actor"), actor),)


def _moment(when: datetime) -> Phrase:
    day = phrase("date.full", day=when.day, month=phrase(f"month.{when.month}"), year=when.year)
    return phrase("readiness.moment", day=day, time=f"{when:%H:%M}")
