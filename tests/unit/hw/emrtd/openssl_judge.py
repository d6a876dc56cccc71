"""openssl as the foreign judge of signatures, chains and lists."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from hw.apdu import tlv


def run(*words: str | Path) -> bool:
    """Whether openssl ends well."""
    return subprocess.run(["openssl", *words], capture_output=True, check=False).returncode == 0


def pem(der: bytes) -> str:
    """A certificate in PEM."""
    return subprocess.run(
        ["openssl", "x509", "-inform", "DER"], input=der, capture_output=True, check=True
    ).stdout.decode()


def believes(
    sod: bytes, authorities: Sequence[bytes], folder: Path, *, day: str = "2026-11-22"
) -> bool:
    """Whether openssl verifies the CMS in an EF.SOD, its chain and the dates of that day."""
    (folder / "authorities.pem").write_text("".join(pem(each) for each in authorities))
    (folder / "sod.cms").write_bytes(tlv.only(sod, 0x77))
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return run(
        *("cms", "-verify", "-binary", "-inform", "DER", "-in", folder / "sod.cms"),
        *("-CAfile", folder / "authorities.pem", "-purpose", "any"),
        *("-attime", str(int(moment.timestamp())), "-out", folder / "content.der"),
    )


def signature_holds(sod: bytes, folder: Path) -> bool:
    """Whether openssl verifies the CMS with the certificate that it carries, whoever issued that."""
    (folder / "sod.cms").write_bytes(tlv.only(sod, 0x77))
    return run(
        *("cms", "-verify", "-binary", "-noverify", "-inform", "DER", "-in", folder / "sod.cms"),
        *("-out", folder / "content.der"),
    )
