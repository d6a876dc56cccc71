"""A copy of a mirror under another key: who knew the old one cannot open what comes after."""

from __future__ import annotations

from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from sync.edge.mirror import schema


def copy(path: Path, key: bytes, fresh: Path, fresh_key: bytes) -> bool:
    """Copies a mirror that nobody has open; what is there stays as it is.

    Args:
        path: of the mirror.
        key: its key.
        fresh: where the copy goes; there must be nothing.
        fresh_key: the copy's key, `schema.KEY_BYTES` bytes by chance.

    Returns:
        Whether the copy is whole. What is left of one that is not has to be deleted.
    """
    try:
        raw = schema.connect(path, key)
    except schema.Unusable:
        return False
    try:
        raw.execute(f"ATTACH DATABASE ? AS fresh KEY \"x'{fresh_key.hex()}'\"", (str(fresh),))
        raw.execute("SELECT sqlcipher_export('fresh')")
        raw.execute(f"PRAGMA fresh.application_id = {schema.APPLICATION_ID}")
        raw.execute(f"PRAGMA fresh.user_version = {schema.VERSION}")
        raw.execute("DETACH DATABASE fresh")
    except (*schema.BROKEN, sqlcipher.Error):
        return False
    finally:
        raw.close()
    return True
