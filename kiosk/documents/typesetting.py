"""From a template to a tagged PDF page: the only place that knows WeasyPrint.

Every page is PDF/UA-1 (ISO 14289-1): tagged, titled, in a stated language, so that a screen
reader can read the paper's file aloud. Nothing is fetched: the fonts lie beside this module and
the pictures of a page are handed in as bytes. Nothing is written either, but for the library's
own copy of our fonts in the temporary folder; no personal data ever leaves memory.

The same input gives the same bytes: the only time inside is the one that the caller states.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import weasyprint
from pydyf import PDF, Dictionary, String  # type: ignore[import-untyped]  # has no types
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from kiosk.documents.printable import printable
from kiosk.strings.catalogue import Catalogue

_HERE = Path(__file__).parent
_SCHEME = "sportello:"

# Pango and fontconfig keep state per font map that two threads must not touch at once.
_one_page_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One language of one document, ready to be laid out; it starts on a new page.

    Attributes:
        template: file name below `templates/`.
        catalogue: the texts; its language is stated in the page for screen readers.
        values: what the template shows beside the catalogue's texts. Strings are escaped.
        pictures: PNG files that the template shows as `sportello:picture/<name>`.
    """

    template: str
    catalogue: Catalogue
    values: Mapping[str, object]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def typeset(sheets: Sequence[Sheet], *, created: datetime) -> bytes:
    """Lay out `sheets` one after the other and return one PDF/UA-1 file.

    The first sheet gives the file's title and language; a later one in another language is
    tagged with its own (ISO 14289-1, 7.2). `created` (aware) becomes the creation date.
    Safe to call from any thread; calls queue.
    """
    with _one_page_at_a_time:
        laid_out = [_lay_out(sheet, created) for sheet in sheets]
        first = laid_out[0]
        pages = [page for document in laid_out for page in document.pages]
        languages = [
            sheet.catalogue.language
            for sheet, document in zip(sheets, laid_out, strict=True)
            for _ in document.pages
        ]

        def state_languages(_: weasyprint.Document, pdf: PDF) -> None:
            _tag_languages(pdf, languages)

        pdf: bytes = first.copy(pages).write_pdf(finisher=state_languages, pdf_variant="pdf/ua-1")
    return pdf


def preload() -> None:
    """Load fonts, style and templates, so that the first page costs what the others do."""
    with _one_page_at_a_time:
        _style()
        for name in _templates().list_templates(extensions=["html"]):
            _templates().get_template(name)


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
        )
    )
    source = weasyprint.HTML(string=html, url_fetcher=_OwnResources(sheet.pictures))
    return source.render(
        font_config=fonts,
        stylesheets=[style, _page_label(catalogue.text("document.page", page="\0", pages="\0"))],
        pdf_variant="pdf/ua-1",
    )


def _tag_languages(pdf: PDF, languages: Sequence[str]) -> None:
    """State the language of every `<article>` that is not in the file's own language."""
    of_page = dict(zip(pdf.page_references, languages, strict=True))
    for item in pdf.objects:
        if isinstance(item, Dictionary) and item.get("S") == "/Art":
            language = of_page[item["Pg"]]
            if language != languages[0]:
                item["Lang"] = String(language)


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
    """Make every string that reaches a page drawable; mark-up of the templates stays as it is."""
    return printable(value) if type(value) is str else value


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
