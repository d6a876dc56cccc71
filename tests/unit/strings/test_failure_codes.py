"""docs/failure-codes.md says what the catalogues say; UPDATE_DOCS=1 writes it anew."""

from __future__ import annotations

import ast
import os
from typing import Final

import pytest

from kiosk.flows.failures import FAILURES
from tests.unit.strings.sources import (
    ROOT,
    composed_codes,
    entries,
    failure_codes,
    failure_places,
    given_codes,
    problem_codes,
    refusal_codes,
    verdict_reasons,
)

DOCUMENT: Final = ROOT / "docs" / "failure-codes.md"

HEAD: Final = """# Failure codes

Every failure has a code, the parts of the program that give it, a cause, a text for the citizen, a
text for the clerk, a remedy, and who can act. The texts come from `kiosk/strings/it.po` and `en.po`,
cause and actor from `kiosk/flows/failures.py`, the parts from the syntax trees of the code;
`UPDATE_DOCS=1 pytest tests/unit/strings` writes this page, and the tests fail while it differs from
them or while a code of the program is not here.

The citizen's text stands on the screen. The clerk's text and the remedy are for the office and for
who looks after the station: they stand on the readiness pages too. The code itself stands in the
station's log. Of a printer's code the clerk's text says whether paper may have come out.
"""

PROBLEMS: Final = """## Problems of what was entered

They stand beside the field that they are about, on the screen or in the hub's answer. `{...}` is
filled in.

| code | Italian | English |
|---|---|---|
"""


REASONS: Final = """## Reasons of a verdict

Why a property of a document is proven, refuted or not provable here. The citizen's text stands
below the property, the clerk's text on the page for the counter.

| reason | | Italian | English |
|---|---|---|---|
"""


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def entry(
    code: str,
    places: set[str],
    italian: dict[str, tuple[str, ...]],
    english: dict[str, tuple[str, ...]],
) -> str:
    """One code of the page."""
    where = ", ".join(f"`{place}`" for place in sorted(places))
    rows = [f"### `{code}`\n", f"Where: {where}\n", "| | Italian | English |", "|---|---|---|"]
    failure = FAILURES.get(code)
    keys = {part: f"failure.{code}.{part}" for part in ("citizen", "clerk", "remedy")}
    if failure is not None:
        keys = {"cause": f"failure-cause.{failure.cause.value}", **keys}
        keys["who can act"] = f"failure-actor.{failure.actor.value}"
    for part, key in keys.items():
        said = [cell(texts[key][0]) if key in texts else "" for texts in (italian, english)]
        rows.append(f"| {part} | {said[0]} | {said[1]} |")
    return "\n".join(rows) + "\n"


def page() -> str:
    italian, english = entries("it"), entries("en")
    parts = [HEAD]
    places = failure_places()
    for family in sorted({code.split(".")[0] for code in places}):
        parts.append(f"## {family}\n")
        codes = sorted(code for code in places if code.split(".")[0] == family)
        parts += [entry(code, places[code], italian, english) for code in codes]
    lines = [
        f"| `{code}` | {cell(italian[f'problem.{code}'][0])} | {cell(english[f'problem.{code}'][0])} |"
        for code in sorted(problem_codes() | refusal_codes())
        if f"problem.{code}" in italian
    ]
    parts.append(PROBLEMS + "\n".join(lines) + "\n")
    rows = []
    for reason in sorted(verdict_reasons()):
        for reader in ("citizen", "clerk"):
            key = f"verdict.{reason}.{reader}"
            said = [cell(texts[key][0]) if key in texts else "" for texts in (italian, english)]
            rows.append(f"| `{reason}` | {reader} | {said[0]} | {said[1]} |")
    parts.append(REASONS + "\n".join(rows) + "\n")
    return "\n".join(parts)


def test_the_page_of_failure_codes_is_up_to_date() -> None:
    if os.environ.get("UPDATE_DOCS") == "1":
        DOCUMENT.write_text(page(), "utf-8")
    assert DOCUMENT.read_text("utf-8") == page()


def test_every_failure_has_its_cause_and_somebody_who_can_act() -> None:
    assert FAILURES.keys() == failure_codes()


def test_no_trouble_is_given_a_code_that_the_page_does_not_have() -> None:
    known = failure_codes()
    strange = {code: place for code, place in given_codes().items() if code not in known}
    assert strange == {}


def test_a_code_that_nobody_can_read_off_the_source_is_a_fault() -> None:
    tree = ast.parse('def f(word): return f"printer.{word}"')
    with pytest.raises(AssertionError, match="what may"):
        composed_codes(ROOT / "hw" / "errors.py", tree)


def test_codes_of_an_enumeration_and_of_a_tuple_are_found() -> None:
    source = """
codes = frozenset(f"camera.{word}" for word in ("here", "there"))
def f(condition): return f"printer.{condition.value}"
"""
    found = composed_codes(ROOT / "hw" / "errors.py", ast.parse(source))
    assert {"camera.here", "camera.there", "printer.paper-out", "printer.jam"} <= found
