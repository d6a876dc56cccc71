"""A target that breaks on some inputs, to show that a campaign tells of it."""

from __future__ import annotations

from tests.fuzz.forking import serve


def play(data: bytes) -> None:
    """Breaks on a byte that no true input has."""
    if b"\xff" in data:
        raise AssertionError("the wrong byte")


if __name__ == "__main__":
    serve({"broken": play})
