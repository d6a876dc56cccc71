"""Tokens of SoftHSM2, a PKCS#11 module without cards: for tests of the door and of operators."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

MODULE: Final = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN: Final = "123456"
SO_PIN: Final = "87654321"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class SoftTokens:
    """A folder of tokens.

    Attributes:
        folder: where they lie.
    """

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> SoftTokens:
        """An empty store."""
        (folder / "tokens").mkdir(parents=True)
        text = (
            f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n"
            "log.level = ERROR\nslots.removable = true\n"
        )
        (folder / "softhsm2.conf").write_text(text, encoding="utf-8")
        return cls(folder)

    @property
    def environment(self) -> dict[str, str]:
        """What the module needs to find the store."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def add(self, label: str) -> None:
        """A new token, without a key."""
        self._run(
            *("softhsm2-util", "--init-token", "--free", "--label", label),
            *("--so-pin", SO_PIN, "--pin", PIN),
        )

    def put(self, label: str, key: PrivateKey, certificate: bytes, identifier: str = "01") -> None:
        """Put a key and its certificate (DER) on a token, under `identifier` in hexadecimal."""
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        key_file, certificate_file = self.folder / "key.pem", self.folder / "certificate.der"
        key_file.write_bytes(pem)
        certificate_file.write_bytes(certificate)
        self._run(
            *("softhsm2-util", "--import", str(key_file), "--token", label),
            *("--label", "key", "--id", identifier, "--pin", PIN),
        )
        self._run(
            *("pkcs11-tool", "--module", str(MODULE), "--token-label", label),
            *("--login", "--pin", PIN, "--write-object", str(certificate_file)),
            *("--type", "cert", "--id", identifier),
        )

    def remove(self) -> None:
        """Take every token away, as if each card was pulled."""
        shutil.rmtree(self.folder / "tokens")
        (self.folder / "tokens").mkdir()

    def _run(self, *command: str) -> None:
        subprocess.run(
            command, env={**self.environment, "PATH": "/usr/bin"}, capture_output=True, check=True
        )
