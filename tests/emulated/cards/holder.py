"""An invented card holder and the personal data record that a card carries for them.

Layout of EF_DatiPersonali (CNS File System): six hexadecimal digits with the number of bytes that
follow, then sixteen fields, each behind two hexadecimal digits with its own length.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Holder:
    """The sixteen fields in their order on the card. Nobody is called so by more than chance."""

    issuer: str = "6030"
    issued_on: str = "15032022"
    expires_on: str = "14032028"
    surname: str = "ROSSI"
    name: str = "MARIO"
    birth_date: str = "01011980"
    sex: str = "M"
    height: str = ""
    codice_fiscale: str = "RSSMRA80A01H501U"
    citizenship: str = "100"
    birth_comune: str = "H501"
    birth_state: str = ""
    birth_certificate: str = ""
    residence_comune: str = "L219"
    residence_address: str = "VIA ROMA 1"
    expatriation_notes: str = ""

    def fields(self, encoding: str = "latin-1") -> list[bytes]:
        """The fields as bytes."""
        return [text.encode(encoding) for text in astuple(self)]

    def record(self, encoding: str = "latin-1") -> bytes:
        """The content of EF_DatiPersonali, header included."""
        return record_of(self.fields(encoding))


def record_of(fields: list[bytes]) -> bytes:
    """Any fields behind their lengths and a header; for records that no `Holder` would give."""
    body = b"".join(b"%02X" % len(field) + field for field in fields)
    return b"%06X" % len(body) + body
