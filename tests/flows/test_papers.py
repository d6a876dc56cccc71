"""A paper is handed over when the printer says so, or the person."""

from __future__ import annotations

from typing import Final

import pytest

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.papers import MAY_COME, NOT_SEEN, NOTHING_PRINTED, Paper, PrintState, asked, told
from tests.flows.walking import OPERATION, SESSION

SLIP: Final = PrintedDocument.RECEIPT_SLIP
OFFERED: Final = (Paper(SLIP), Paper(PrintedDocument.SUMMARY))


def printing() -> tuple[Paper, ...]:
    """The slip is at the printer."""
    found = asked(OFFERED, SLIP)
    assert found is not None
    assert not found[1]
    return found[0]


def state_of(papers: tuple[Paper, ...]) -> PrintState:
    return papers[0].state


def test_only_the_printers_own_word_or_the_persons_makes_a_paper_printed() -> None:
    sure = told(printing(), ev.Printed(SESSION, SLIP, Certainty.PRINTED), SESSION)
    assert state_of(sure) is PrintState.PRINTED
    unsure = told(printing(), ev.Printed(SESSION, SLIP, Certainty.TAKEN), SESSION)
    assert state_of(unsure) is PrintState.UNSEEN
    assert state_of(told(unsure, ev.PaperConfirmed(SLIP, came=True), SESSION)) is PrintState.PRINTED
    missing = told(unsure, ev.PaperConfirmed(SLIP, came=False), SESSION)
    assert (missing[0].state, missing[0].code) == (PrintState.FAILED, NOT_SEEN)


def test_nothing_is_printed_while_the_fate_of_the_same_paper_is_open() -> None:
    assert asked(printing(), SLIP) is None
    unsure = told(printing(), ev.Printed(SESSION, SLIP, Certainty.TAKEN), SESSION)
    assert asked(unsure, SLIP) is None
    assert asked(OFFERED, PrintedDocument.READINESS_REPORT) is None


def test_a_paper_that_may_lie_there_already_is_a_reprint() -> None:
    failed = told(printing(), ev.PrintFailed(SESSION, SLIP, "printer.jam"), SESSION)
    again = asked(failed, SLIP)
    assert again is not None
    assert again[1]


@pytest.mark.parametrize("code", sorted(NOTHING_PRINTED))
def test_a_paper_of_which_nothing_came_out_is_none(code: str) -> None:
    failed = told(printing(), ev.PrintFailed(SESSION, SLIP, code), SESSION)
    again = asked(failed, SLIP)
    assert again is not None
    assert not again[1]


@pytest.mark.parametrize("code", sorted(MAY_COME))
def test_a_paper_that_may_still_come_is_sent_again_only_after_somebody_looked(code: str) -> None:
    open_fate = told(printing(), ev.PrintFailed(SESSION, SLIP, code), SESSION)
    assert (open_fate[0].state, open_fate[0].code) == (PrintState.UNSEEN, code)
    assert asked(open_fate, SLIP) is None
    missing = told(open_fate, ev.PaperConfirmed(SLIP, came=False), SESSION)
    assert (missing[0].state, missing[0].code) == (PrintState.FAILED, code)
    again = asked(missing, SLIP)
    assert again is not None
    assert again[1]


def test_answers_that_nobody_waits_for_change_nothing() -> None:
    late = ev.Printed(SESSION, SLIP, Certainty.PRINTED)
    assert told(OFFERED, late, SESSION) == OFFERED
    done = told(printing(), late, SESSION)
    assert told(done, ev.PrintFailed(SESSION, SLIP, "printer.jam"), SESSION) == done
    assert told(done, ev.PaperConfirmed(SLIP, came=False), SESSION) == done
    others = ev.Printed(OPERATION, SLIP, Certainty.PRINTED)
    assert told(printing(), others, SESSION) == printing()


@pytest.mark.parametrize("code", ["printer.paper-out", "printer.cover-open", "printer.unfinished"])
def test_a_refusal_before_sending_makes_no_reprint(code: str) -> None:
    failed = told(printing(), ev.PrintFailed(SESSION, SLIP, code, sent=False), SESSION)
    assert (failed[0].state, failed[0].code) == (PrintState.FAILED, code)
    again = asked(failed, SLIP)
    assert again is not None
    assert not again[1]
