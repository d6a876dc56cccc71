"""Lists that correct stations from afar, and what the differences of signed lists are made from."""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.steps import Guard, Step

LISTS: Final = Step(
    "m0016_lists",
    (
        # Every version of settings, texts and places that was ever signed, as it was signed: what
        # stations were told, and what another machine of this hub puts in place.
        """
        CREATE TABLE made_list (
            name TEXT NOT NULL,
            version INTEGER NOT NULL CHECK (version > 0),
            data BLOB NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (name, version)
        ) STRICT
        """,
        Guard("made_list_is_kept", "DELETE", "made_list", "what stations were told is kept"),
        Guard("made_list_is_final", "UPDATE", "made_list", "what stations were told is final"),
        # Digests of the lines of signed lists, by version: never the lines, which name people.
        """
        CREATE TABLE list_lines (
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            hash BLOB NOT NULL,
            digests BLOB NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (name, version)
        ) STRICT
        """,
    ),
)
