"""docs/failure-codes.md says what the catalogues say; UPDATE_DOCS=1 writes it anew."""

from __future__ import annotations

import os
from typing import Final

from tests.unit.strings.sources import (
    ROOT,
    entries,
    failure_codes,
    problem_codes,
    refusal_codes,
    verdict_reasons,
)

DOCUMENT: Final = ROOT / "docs" / "failure-codes.md"

HEAD: Final = """# Failure codes

Every failure has a code, a text for the citizen, a text for the clerk, and a remedy. The texts come
from `kiosk/strings/it.po` and `en.po`; `UPDATE_DOCS=1 pytest tests/unit/strings` writes this page,
and the tests fail while it differs from them or while a code of the program is not here.

The citizen's text stands on the screen. The clerk's text and the remedy are for the office and for
who looks after the station; the code itself stands in the station's log.
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


def page() -> str:
    italian, english = entries("it"), entries("en")
    parts = [HEAD]
    for family in sorted({code.split(".")[0] for code in failure_codes()}):
        parts.append(f"## {family}\n")
        for code in sorted(code for code in failure_codes() if code.split(".")[0] == family):
            rows = [f"### `{code}`\n", "| | Italian | English |", "|---|---|---|"]
            for part in ("citizen", "clerk", "remedy"):
                key = f"failure.{code}.{part}"
                said = [cell(texts[key][0]) if key in texts else "" for texts in (italian, english)]
                rows.append(f"| {part} | {said[0]} | {said[1]} |")
            parts.append("\n".join(rows) + "\n")
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
