"""The emulated thermal printer's reading of ESC/POS: by hand, and from a foreign writer."""

from __future__ import annotations

from escpos.printer import Dummy

from tests.emulated.printer import read_slip


def test_it_reads_what_a_foreign_writer_wrote() -> None:
    paper = Dummy()
    paper.set(align="center", bold=True)
    paper.text("Città: perché è così, 5 €\n")
    paper.qr("SPT1:ABC", native=True)
    paper.barcode("RSSMRA80A01H501U", "CODE39")
    paper.ln(2)
    paper.cut()
    slip = read_slip(paper.output)
    assert slip.text.strip().startswith("Città: perché è così, 5")
    assert slip.qr_codes == ["SPT1:ABC"]
    assert slip.barcodes == ["RSSMRA80A01H501U"]
    assert slip.cuts == 1
    assert slip.unknown == []


def test_it_reads_epsons_commands() -> None:
    """ESC/POS by hand, after Epson's command reference."""
    job = (
        b"\x1b@\x1bt\x13\x1ba\x01\x1bE\x01\x1d!\x11"  # initialise, CP858, centre, bold, big
        + "Città: perché è così, 5 €\n".encode("cp858")
        + b"\x1d(k\x04\x001A2\x00\x1d(k\x03\x001C\x06\x1d(k\x03\x001E1"  # QR: model, size, level
        + b"\x1d(k\x0b\x001P0SPT1:ABC\x1d(k\x03\x001Q0"
        + b"\x1dk\x04*ABC*\x00\x1dkE\x03XYZ"  # CODE39 in both of its forms
        + b"\x1dv0\x00\x02\x00\x03\x00\xff\xff\x00\x00\xff\xff"  # 16 by 3 dots
        + b"\x1dL\x10\x00\x1bd\x02\x1dVB\x00"  # margin, feed, cut
    )
    slip = read_slip(job)
    assert slip.text == "Città: perché è così, 5 €\n\n\n"
    assert slip.qr_codes == ["SPT1:ABC"]
    assert slip.barcodes == ["*ABC*", "XYZ"]
    assert slip.pictures == [(16, 3)]
    assert (slip.cuts, slip.unknown) == (1, [])
    assert read_slip(b"\x1b\x01").unknown == [b"\x1b\x01"]
