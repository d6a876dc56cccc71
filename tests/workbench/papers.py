"""Keeps what the emulated printers got, in a form that a person can look at."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.emulated.printer import read_slip


def keep_pages(jobs: Sequence[bytes], folder: Path) -> list[Path]:
    """Write the PDFs that the page printer got, with a picture of each one's first page."""
    files = []
    for number, job in enumerate(jobs, 1):
        file = folder / f"page-{number}.pdf"
        file.write_bytes(job)
        subprocess.run(
            ["pdftoppm", "-png", "-r", "70", "-singlefile", str(file), str(file.with_suffix(""))],
            check=True,
        )
        files.append(file)
    return files


def slip_text(jobs: Sequence[bytes]) -> str:
    """The text on the slips that the thermal printer got."""
    return "\n\n".join(read_slip(job).text for job in jobs)
