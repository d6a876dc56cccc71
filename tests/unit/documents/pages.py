"""Readers of a finished PDF: what a person sees, and what a screen reader hears."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject


def open_pdf(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def words(pdf: bytes, page: int | None = None) -> str:
    """All text in reading order, with line breaks undone."""
    pages = open_pdf(pdf).pages
    chosen = pages if page is None else [pages[page]]
    return " ".join(" ".join(p.extract_text() for p in chosen).split())


def packed(text: str) -> str:
    """A text without white space: long words are broken over lines."""
    return "".join(text.split())


def picture(pdf: bytes, page: int = 1, *, dpi: int = 150) -> NDArray[np.uint8]:
    """The page as poppler draws it, in grey."""
    drawn = subprocess.run(
        ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-gray", "-"],
        input=pdf,
        stdout=subprocess.PIPE,
        check=True,
    )
    with Image.open(io.BytesIO(drawn.stdout)) as image:
        return np.asarray(image)


def ink_in_margins(pdf: bytes, *, millimetres: float) -> int:
    """Dark dots left and right of the text area, on any page: text that ran out of its place."""
    total = 0
    for page in range(1, len(open_pdf(pdf).pages) + 1):
        dots = picture(pdf, page, dpi=100)
        edge = int(millimetres / 25.4 * 100)
        total += int((dots[:, :edge] < 200).sum() + (dots[:, -edge:] < 200).sum())
    return total


@dataclass(frozen=True, slots=True)
class Element:
    """One tag of the structure tree, with its attributes and the marks of its own content."""

    tag: str
    attributes: Any
    depth: int
    marks: tuple[int, ...]


def catalog(reader: PdfReader) -> Any:
    """The document catalog (ISO 32000-1, 7.7.2)."""
    return reader.trailer["/Root"]


def elements(pdf: bytes) -> list[Element]:
    """The structure tree in reading order."""
    return list(_walk(catalog(open_pdf(pdf))["/StructTreeRoot"]["/K"], 0))


def _walk(kids: Any, depth: int) -> Iterator[Element]:
    for kid in kids if isinstance(kids, list) else [kids]:
        item = kid.get_object() if isinstance(kid, IndirectObject) else kid
        if isinstance(item, DictionaryObject):
            own = item.get("/K", [])
            marks = tuple(int(k) for k in own if isinstance(k, int))
            yield Element(str(item["/S"]), item, depth, marks)
            yield from _walk(own, depth + 1)
