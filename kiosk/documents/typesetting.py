"""From a template to a tagged PDF page: the only place that knows WeasyPrint.

Every page is PDF/UA-1 (ISO 14289-1): tagged, titled, in a stated language, so that a screen
reader can read the paper's file aloud. Nothing is fetched: the fonts lie beside this module and
the pictures of a page are handed in as bytes. Nothing is written either, but for the library's
own copy of our fonts in the temporary folder; no personal data ever leaves memory.

The same input gives the same bytes: the only time inside is the one that the caller states.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import weasyprint
from fontTools.ttLib import TTFont
from pydyf import PDF  # type: ignore[import-untyped]  # has no types
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from kiosk.documents import tagging
from kiosk.documents.press import Sheet
from kiosk.documents.printable import covered
from kiosk.documents.qr import qr_png

# WeasyPrint's messages quote the page, which is personal data: nobody hears them in the kiosk.
logging.getLogger("weasyprint").propagate = False

_HERE = Path(__file__).parent
_SCHEME = "sportello:"
_VARIANT = "pdf/ua-1"

# Something in each weight, with a list, a table and a picture.
_SAMPLE = (
    '<html lang="it"><title>A</title><h1>A</h1><ol><li>a<strong>b</strong></ol>'
    '<table><tr><th>a<td>b</table><img src="sportello:picture/qr" alt="A">'
)

# Pango and fontconfig keep state per font map that two threads must not touch at once.
_one_page_at_a_time = threading.Lock()


def typeset(sheets: Sequence[Sheet], *, created: datetime) -> bytes:
    """See `kiosk.documents.press.typeset`."""
    with _one_page_at_a_time:
        laid_out = [_lay_out(sheet, created) for sheet in sheets]
        first = laid_out[0]
        pages = [page for document in laid_out for page in document.pages]
        languages = [
            sheet.catalogue.language
            for sheet, document in zip(sheets, laid_out, strict=True)
            for _ in document.pages
        ]

        def finish(_: weasyprint.Document, pdf: PDF) -> None:
            tagging.complete(pdf, languages)

        file: bytes = first.copy(pages).write_pdf(finisher=finish, pdf_variant=_VARIANT)
    return file


@cache
def preload() -> None:
    """See `kiosk.documents.press.preload`. Sets a sample page, so that all libraries are warm."""
    with _one_page_at_a_time:
        _characters()
        for name in _templates().list_templates(extensions=["html"]):
            _templates().get_template(name)
        style, fonts = _style()
        sample = weasyprint.HTML(string=_SAMPLE, url_fetcher=_OwnResources({"qr": qr_png("A")}))
        sample.write_pdf(font_config=fonts, stylesheets=[style], pdf_variant=_VARIANT)


def _lay_out(sheet: Sheet, created: datetime) -> weasyprint.Document:
    style, fonts = _style()
    catalogue = sheet.catalogue
    html = (
        _templates()
        .get_template(sheet.template)
        .render(
            sheet.values,
            text=catalogue.text,
            language=catalogue.language,
            created=created.isoformat(timespec="seconds"),
            again=sheet.again,
        )
    )
    source = weasyprint.HTML(string=html, url_fetcher=_OwnResources(sheet.pictures))
    return source.render(
        font_config=fonts,
        stylesheets=[style, _page_label(catalogue.text("document.page", page="\0", pages="\0"))],
        pdf_variant=_VARIANT,
    )


class _OwnResources(URLFetcher):  # type: ignore[misc]  # WeasyPrint carries no types
    """Gives the fonts of this folder and the pictures of one sheet, and nothing else."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), fail_on_errors=True)
        self._pictures = pictures

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """Return our own file; anything else is refused without being named (it may be data)."""
        del headers
        kind, _, name = url.removeprefix(_SCHEME).partition("/")
        if url.startswith(_SCHEME) and kind == "picture" and name in self._pictures:
            body = self._pictures[name]
            return URLFetcherResponse(url, body, {"Content-Type": "image/png"})
        if url.startswith(_SCHEME) and kind == "font" and "/" not in name:
            body = (_HERE / "fonts" / name).read_bytes()
            return URLFetcherResponse(url, body, {"Content-Type": "font/ttf"})
        raise ValueError("a page asked for something that is not its own")


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _finalize(value: Any) -> Any:
    """Keep of every string that reaches a page what our own fonts can draw.

    No font of the machine ever steps in, so a page is the same everywhere. Mark-up of the
    templates stays as it is.
    """
    return covered(value, _characters()) if type(value) is str else value


@cache
def _characters() -> frozenset[int]:
    """The code points that our fonts draw; the weights of a family have the same."""
    characters: set[int] = set()
    for name in ("titillium-web-regular.ttf", "noto-sans-latin-regular.ttf"):
        with TTFont(_HERE / "fonts" / name, lazy=True) as font:
            characters.update(font.getBestCmap())
    return frozenset(characters)


@cache
def _style() -> tuple[weasyprint.CSS, FontConfiguration]:
    fonts = FontConfiguration()
    text = (_HERE / "templates" / "page.css").read_text(encoding="utf-8")
    return weasyprint.CSS(string=text, font_config=fonts, url_fetcher=_OwnResources({})), fonts


@cache
def _page_label(label: str) -> weasyprint.CSS:
    """Turn "Pagina NUL di NUL" into the style of the page's foot."""
    before, between, after = (
        part.replace("\\", "").replace('"', "").replace("\n", " ") for part in label.split("\0")
    )
    content = f'"{before}" counter(page) "{between}" counter(pages) "{after}"'
    return weasyprint.CSS(string=f"@page {{ @bottom-right {{ content: {content} }} }}")
