"""The bar code by which an office's archive files a paper: whose it is, and which paper."""

from __future__ import annotations

from enum import Enum


class ArchivePaper(Enum):
    """Papers that an office may keep; the value is the letter that ends the code."""

    SUMMARY = "R"
    REGULATION = "A"
    DELEGATION_MODULE = "D"
    SUBSTITUTIVE_DECLARATION = "T"
    REVOCATION_REQUEST = "V"


def archive_code(whose: str, paper: ArchivePaper) -> str:
    """The text of the code, `23456789A-D`; empty where nobody is known yet.

    Args:
        whose: registration number, canonical, or the codice fiscale of who has none. Both are
            capital letters and digits, which Code 39 (ISO/IEC 16388) holds, and `-` too.
        paper: which paper.
    """
    return f"{whose}-{paper.value}" if whose else ""
