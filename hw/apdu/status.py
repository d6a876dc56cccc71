"""Status words by name, ISO/IEC 7816-4 clause 5.1.3, tables 5 to 7."""

from __future__ import annotations

from enum import IntEnum


class StatusWord(IntEnum):
    """Status words that this program tells apart; cards send many more."""

    OK = 0x9000
    DATA_MAY_BE_CORRUPTED = 0x6281
    END_REACHED = 0x6282
    MEMORY_FAILURE = 0x6581
    WRONG_LENGTH = 0x6700
    SECURITY_STATUS_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    NO_CURRENT_EF = 0x6986
    FUNCTION_NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    INCORRECT_P1_P2 = 0x6A86
    WRONG_P1_P2 = 0x6B00
    WRONG_INSTRUCTION = 0x6D00
    WRONG_CLASS = 0x6E00
    NO_DIAGNOSIS = 0x6F00


def name_of(status: int) -> str:
    """Name and digits of a status word for the log: `FILE_NOT_FOUND 6A82`, or the digits alone."""
    try:
        return f"{StatusWord(status).name} {status:04X}"
    except ValueError:
        return f"{status:04X}"


def is_lawful(status: int) -> bool:
    """Whether ISO/IEC 7816-3 lets a card send this as a status word: 90xx, or 6Xxx but not 60xx.

    Anything else is not a card's word but noise, such as data of an answer that was cut off.
    """
    return status == StatusWord.OK or 0x6100 <= status <= 0x6FFF


def bytes_waiting(status: int) -> int | None:
    """61xx: how many bytes GET RESPONSE can fetch (00 means 256); None for other status words."""
    return (status & 0xFF or 256) if status >> 8 == 0x61 else None


def exact_length(status: int) -> int | None:
    """6Cxx: the Le to ask for instead (00 means 256); None for other status words."""
    return (status & 0xFF or 256) if status >> 8 == 0x6C else None
