"""The codes of problems: each a literal that the catalogue's check can find, each shown by a test."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")


def calls(folder: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call of `Problem` below a folder, with where it stands."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "Problem"
            ):
                yield f"{path.name}:{node.lineno}", node


def codes() -> set[str]:
    """Every code that the model gives."""
    found = set()
    for _, call in calls(ROOT / "sync" / "model"):
        first = call.args[0] if call.args else None
        if isinstance(first, ast.Constant):
            found.add(str(first.value))
    return found


def test_every_code_is_a_literal() -> None:
    for where, call in calls(ROOT / "sync" / "model"):
        assert len(call.args) == 1, where
        assert isinstance(call.args[0], ast.Constant), where
        assert CODE.fullmatch(str(call.args[0].value)), where


def test_every_code_is_shown_by_a_test() -> None:
    texts = {
        node.value
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert codes() - texts == set()


def test_details_never_hold_what_a_person_typed() -> None:
    """Values of details are lengths, positions and names of fields: nothing parsed goes in."""
    for where, call in calls(ROOT / "sync" / "model"):
        for keyword in call.keywords:
            if keyword.arg == "details":
                for node in ast.walk(keyword.value):
                    if isinstance(node, ast.Name):
                        assert node.id not in {"text", "name", "line", "address", "number"}, where
