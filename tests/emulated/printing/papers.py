"""A plain PDF whose text lies in it unpacked, so that a search of any file finds it."""

from __future__ import annotations


def plain_pdf(text: str, pages: int = 2) -> bytes:
    """`pages` A4 pages that say `text` and their number, in ASCII."""
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {pages}>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for page in range(pages):
        drawn = f"BT /F1 24 Tf 72 700 Td ({text} {page + 1}) Tj ET"
        objects.append(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]"
            f"/Resources<</Font<</F1 3 0 R>>>>/Contents {5 + 2 * page} 0 R>>"
        )
        objects.append(f"<</Length {len(drawn)}>>\nstream\n{drawn}\nendstream")
    document, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(document))
        document += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    document += f"xref\n0 {count}\n0000000000 65535 f \n{table}"
    start = document.index("xref\n0 ")
    document += f"trailer\n<</Root 1 0 R/Size {count}>>\nstartxref\n{start}\n%%EOF\n"
    return document.encode("ascii")
