"""No list goes back behind one before, whatever lies where and whichever key signs."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync.hub.settings import load as load_settings
from sync.hub.setup import load_keys
from sync.hub.store.database import IntegrityError, Store
from sync.wire import document_trust
from sync.wire.document_trust import DocumentTrust
from sync.wire.signer import SoftwareSigner
from tests.emulated.documents.pki import DocumentPki
from tests.unit.hub.trust_bench import ITALY, Bench, initialise, made_hub, master_list
from tests.workbench.pki import REPOSITORY

LISTED = 1_779_926_400_000
"""When `master_list()` was signed."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(made_hub(tmp_path), tmp_path)


def test_each_list_counts_on(bench: Bench) -> None:
    assert bench.run() == 0
    assert bench.run() == 0
    made = bench.made()
    assert made.version == 2


def test_an_older_master_list_is_refused(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run() == 0
    before = bench.out.read_bytes()
    bench.write("list.ml", master_list("2026-05-27"))
    assert bench.run() == 2
    assert "older than the one" in capsys.readouterr().err
    assert bench.out.read_bytes() == before


@pytest.mark.parametrize("files", [[], ["old.crl"]])
def test_a_revocation_list_is_not_taken_back(
    bench: Bench, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bench.write("new.crl", ITALY.revocation_list(4, starts="2026-03-01"))
    bench.write("old.crl", ITALY.revocation_list(starts="2026-02-01"))
    assert bench.run("--crl", bench.folder / "new.crl") == 0
    options = [word for name in files for word in ("--crl", bench.folder / name)]
    assert bench.run(*options) == 2
    assert "revocation list of" in capsys.readouterr().err


def test_another_hubs_list_is_not_written_over(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.out.write_bytes(document_trust.sign(DocumentTrust(9, 0), SoftwareSigner.generate()))
    assert bench.run() == 2
    assert "document-trust.foreign" in capsys.readouterr().err


def test_another_place_does_not_start_again(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    crl = bench.write("new.crl", ITALY.revocation_list(4, starts="2026-03-01"))
    for _ in range(3):
        assert bench.run("--crl", crl) == 0
    bench.out = bench.folder / "other.cose"
    assert bench.run() == 2
    assert "no revocation list" in capsys.readouterr().err
    bench.write("list.ml", master_list("2026-05-01"))
    assert bench.run("--crl", crl) == 2
    assert "older than the one of 2026-05-28" in capsys.readouterr().err
    assert not bench.out.exists()
    bench.write("list.ml", master_list())
    assert bench.run("--crl", crl) == 0
    assert bench.made().version == 4


def test_another_key_does_not_start_again(bench: Bench) -> None:
    assert bench.run() == 0
    assert bench.run() == 0
    (load_settings(bench.hub).keys_dir / "signing.pem").unlink()
    initialise(bench.hub)
    assert bench.run() == 0
    assert bench.made().version == 3
    bench.write("list.ml", master_list("2026-05-01"))
    bench.out.unlink()
    assert bench.run() == 2


def test_a_key_that_kiosks_do_not_know_signs_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    pem = load_settings(bench.hub).keys_dir / "signing.pem"
    pem.write_bytes(SoftwareSigner.generate().to_pem())
    assert bench.run() == 2
    assert "run `python -m sync.hub init`" in capsys.readouterr().err
    assert not bench.out.exists()
    assert bench.last_version() == 0


def test_what_an_older_program_left_is_taken_over(bench: Bench) -> None:
    """But not the date of a list that nobody has proven: it would lock the true one out."""
    forged = DocumentPki.make("IT", number=44).revocation_list(starts="2026-09-01")
    future = ITALY.revocation_list(starts="2044-01-01")
    true = ITALY.revocation_list(4, starts="2026-03-01")
    left = DocumentTrust(
        version=7,
        issued=LISTED,
        listed=LISTED,
        country_signers=ITALY.certificates,
        revocation_lists=(b"none at all", forged, future, true),
    )
    bench.out.write_bytes(document_trust.sign(left, load_keys(load_settings(bench.hub)).signing))
    old = bench.write("old.crl", ITALY.revocation_list(starts="2026-02-01"))
    assert bench.run() == 2
    assert bench.run("--crl", old) == 2
    bench.write("list.ml", master_list("2026-05-27"))
    assert bench.run("--crl", bench.write("true.crl", true)) == 2
    bench.write("list.ml", master_list())
    assert bench.run("--crl", bench.folder / "true.crl") == 0
    assert bench.made().version == 8
    bench.out.unlink()
    assert bench.run() == 2


def test_a_registry_from_a_copy_goes_on_after_the_file(bench: Bench) -> None:
    copy = (bench.hub / "registry.db").read_bytes()
    for _ in range(3):
        assert bench.run() == 0
    for path in bench.hub.glob("registry.db*"):
        path.unlink()
    (bench.hub / "registry.db").write_bytes(copy)
    assert bench.run() == 0
    assert bench.made().version == 4


def test_a_lost_registry_is_told_where_kiosks_are(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.out.write_bytes(document_trust.sign(DocumentTrust(9, 0), SoftwareSigner.generate()))
    assert bench.run() == 2
    assert "--after-version" in capsys.readouterr().err
    bench.out.unlink()
    assert bench.run("--after-version", "9") == 0
    assert bench.made().version == 10
    assert bench.run("--after-version", "9") == 0
    assert bench.made().version == 11


def test_without_its_registry_a_hub_signs_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in bench.hub.glob("registry.db*"):
        path.unlink()
    assert bench.run() == 2
    assert "init" in capsys.readouterr().err
    assert not (bench.hub / "registry.db").exists()


@pytest.mark.parametrize("rest", [b"", b"half of a list"])
def test_what_is_no_list_is_not_written_over(
    bench: Bench, rest: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run() == 0
    bench.out.write_bytes(rest)
    assert bench.run() == 2
    assert "go on after 1" in capsys.readouterr().err
    assert bench.out.read_bytes() == rest
    bench.out.unlink()
    assert bench.run() == 0
    assert bench.made().version == 2


def test_a_place_that_cannot_be_written_uses_no_version(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    for out in (bench.folder / "none" / "documents.cose", bench.hub):
        bench.out = out
        assert bench.run() == 2
    assert "store" not in capsys.readouterr().err
    assert bench.last_version() == 0


def start(bench: Bench) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sync.hub", *bench.words()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
    )  # fmt: skip


def test_one_command_at_a_time(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    descriptor = os.open(bench.hub / "trust", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert bench.run() == 2
    assert "another document-trust command" in capsys.readouterr().err
    os.close(descriptor)
    assert bench.run() == 0


def test_of_several_at_once_the_last_version_stays(bench: Bench) -> None:
    done = [(each.communicate(), each.returncode) for each in [start(bench) for _ in range(3)]]
    good = [told for (told, _), code in done if code == 0]
    assert good
    assert all(code == 0 or "another document" in trouble for (_, trouble), code in done)
    assert len({told.splitlines()[0] for told in good}) == len(good)
    assert bench.made().version == bench.last_version() == len(good)


def test_a_killed_command_leaves_a_whole_list(bench: Bench) -> None:
    assert bench.run() == 0
    bench.write("documents.cose.new", b"half of a li")
    begun = time.monotonic()
    start(bench).communicate()
    whole = time.monotonic() - begun
    for tenth in range(4, 11):
        killed = start(bench)
        time.sleep(whole * tenth / 10)
        killed.send_signal(signal.SIGKILL)
        killed.communicate()
        assert 1 <= bench.made().version <= bench.last_version()
    last = bench.last_version()
    assert bench.run() == 0
    assert bench.made().version == last + 1


def test_versions_and_dates_are_not_taken_back(bench: Bench) -> None:
    crl = bench.write("new.crl", ITALY.revocation_list(4, starts="2026-03-01"))
    assert bench.run("--crl", crl) == 0
    store = Store.open(bench.hub / "registry.db")
    try:
        for statement in (
            "DELETE FROM trust_version",
            "UPDATE trust_version SET listed = 0",
            "INSERT OR REPLACE INTO trust_version SELECT version, 0, hash, 0 FROM trust_version",
            "DELETE FROM trust_revocation_list",
            "UPDATE trust_revocation_list SET starts = starts - 1",
            "UPDATE trust_revocation_list SET issuer = 'nobody'",
        ):
            with pytest.raises(IntegrityError), store.transaction():
                store.run(statement)
    finally:
        store.close()


def test_a_registry_of_the_first_step_is_brought_up_to_date(bench: Bench) -> None:
    """As two commands at once would: the second finds nothing to do."""
    path = bench.hub / "registry.db"
    before = sqlite3.connect(path)
    before.executescript(
        "DROP TABLE trust_version; DROP TABLE trust_revocation_list;"
        "DELETE FROM _sqlite_migrations WHERE name = 'm0002_document_trust';"
    )
    before.close()
    several = [start(bench) for _ in range(2)]
    done = [(each.communicate(), each.returncode) for each in several]
    assert 0 in {code for _, code in done}
    assert all("Traceback" not in trouble for (_, trouble), _ in done)
    assert bench.run() == 0
