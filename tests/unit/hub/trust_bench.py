"""A hub and the files of one import of country signers, for the tests around them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sync.hub import __main__ as program
from sync.hub.settings import load as load_settings
from sync.hub.setup import load_keys
from sync.wire import document_trust
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import SoftwareSigner
from sync.wire.trust import HubTrust
from tests.emulated.documents.pki import DocumentPki
from tests.unit.hub.test_setup import TABLES
from tests.workbench.pki import to_toml

ITALY = DocumentPki.make("IT")
FRANCE = DocumentPki.make("FR", kind="p256")
FRESH, LINK = ITALY.link()


def master_list(signed_at: str = "2026-05-28", **how: Any) -> bytes:
    """Of Italy with its link, and of France."""
    return ITALY.master_list(FRANCE.certificates, signed_at=signed_at, **how)


def made_hub(folder: Path) -> Path:
    """A hub in its folder, as `init` makes it; its root key is kept beside it."""
    hub = folder / "hub"
    hub.mkdir()
    (hub / "hub.toml").write_text(to_toml(TABLES))
    (folder / "root.key").write_bytes(SoftwareSigner.generate().to_pem())
    initialise(hub)
    return hub


def initialise(hub: Path) -> None:
    """Makes what is missing."""
    words = ["init", "--hub-dir", str(hub), "--root-key", str(hub.parent / "root.key")]
    if program.main(words) != 0:
        raise RuntimeError


class Bench:
    """The files of one import, and the command over them."""

    def __init__(self, hub: Path, folder: Path) -> None:
        self.hub = hub
        self.folder = folder
        self.out = folder / "documents.cose"
        self.write("csca.der", ITALY.csca.certificate)
        self.write("list.ml", master_list())

    def write(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def words(self, *options: str | Path) -> list[str]:
        words = [
            *("document-trust", "--hub-dir", self.hub, "--master-list", self.folder / "list.ml"),
            *("--list-signer", self.folder / "csca.der", "--out", self.out, *options),
        ]
        return [str(word) for word in words]

    def run(self, *options: str | Path) -> int:
        return program.main(self.words(*options))

    def made(self) -> DocumentTrust:
        keys = load_keys(load_settings(self.hub))
        hub = HubTrust(1, 0, (keys.signing.verifying_key,), (keys.unsealing[0].sealing_key,))
        found = document_trust.load(self.out.read_bytes(), hub)
        if not isinstance(found, DocumentTrust):
            raise TypeError(found)
        return found

    def last_version(self) -> int:
        """In the registry."""
        registry = sqlite3.connect(self.hub / "registry.db")
        (found,) = registry.execute("SELECT max(version) FROM trust_version").fetchone()
        registry.close()
        return int(found or 0)
