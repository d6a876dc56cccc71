"""Two things that PDF/UA-1 (ISO 14289-1) asks for and WeasyPrint 70 leaves undone.

Text in a second language must say so (7.2), and the foot of a page, which repeats, must not be
read as content (7.8): WeasyPrint marks it as content and then leaves it out of the tree of tags.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydyf import PDF, Dictionary, String  # type: ignore[import-untyped]  # has no types

ARTICLE = "/Art"
"""Tag of the `<article>` that holds everything of one sheet."""


def complete(pdf: PDF, languages: Sequence[str]) -> None:
    """Mend the tags of `pdf` in place, before it is written.

    Args:
        pdf: made by WeasyPrint with tags; nothing in it is compressed yet.
        languages: of each page; the first is the language of the file.
    """
    of_page = dict(zip(pdf.page_references, languages, strict=True))
    content: dict[bytes, set[int]] = {page: set() for page in pdf.page_references}
    for element in _elements(pdf, pdf.catalog["StructTreeRoot"]):
        if element.get("S") == ARTICLE and of_page[element["Pg"]] != languages[0]:
            element["Lang"] = String(of_page[element["Pg"]])
        if "Pg" in element:
            content[element["Pg"]].update(kid for kid in element["K"] if isinstance(kid, int))
    parents = _at(pdf, _at(pdf, pdf.catalog["StructTreeRoot"])["ParentTree"])["Nums"][1::2]
    for page, page_parents in zip(pdf.page_references, parents, strict=False):
        stream = _at(pdf, _at(pdf, page)["Contents"]).stream
        for mark in _make_artifacts(stream, content[page]):
            page_parents[mark] = "null"


def _make_artifacts(stream: list[Any], content: set[int]) -> Iterator[int]:
    """Turn each marked sequence that is not of `content` into a pagination artifact."""
    for end, operator in enumerate(stream):
        if operator != b"BDC":
            continue
        mark = stream[end - 1]["MCID"]
        if mark not in content:
            stream[end - 2 : end] = ["/Artifact", Dictionary({"Type": "/Pagination"})]
            yield mark


def _elements(pdf: PDF, reference: bytes) -> Iterator[Dictionary]:
    """Every element of the tree of tags below `reference`."""
    element = _at(pdf, reference)
    yield element
    for kid in element.get("K", ()):
        if not isinstance(kid, int):
            yield from _elements(pdf, kid)


def _at(pdf: PDF, reference: bytes) -> Any:
    """The object that `12 0 R` points to."""
    return pdf.objects[int(reference.split()[0])]
