"""The threat model names, for every line, a test that is there or a risk that is accepted."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LINES = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (REPOSITORY / "docs" / "threat-model.md").read_text("utf-8").splitlines()
    if re.match(r"\| [STRIDE] \|", line)
]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_line_names_a_proof_or_an_accepted_risk() -> None:
    assert len(LINES) > 50
    for letter, threat, defence, proof in LINES:
        named = TEST.findall(proof)
        accepted = proof == "accepted"
        assert named or accepted, (letter, threat)
        assert defence.startswith("Accepted") or not accepted, (letter, threat)
        # Nothing but tests stands in the column.
        assert accepted or not TEST.sub("", proof).strip(), proof


def test_the_tests_that_are_named_are_there() -> None:
    for _, threat, _, proof in LINES:
        for path, name in TEST.findall(proof):
            text = (REPOSITORY / path).read_text("utf-8")
            assert re.search(rf"^def {name}\(", text, re.MULTILINE), (threat, path, name)


def test_every_boundary_has_every_letter() -> None:
    boundaries = (REPOSITORY / "docs" / "threat-model.md").read_text("utf-8").split("\n## ")[1:]
    assert len(boundaries) == 10
    for boundary in boundaries:
        letters = set(re.findall(r"^\| ([STRIDE]) \|", boundary, re.MULTILINE))
        assert letters == set("STRIDE"), boundary.splitlines()[0]
