"""The one door to SQLite: opening with durable settings, transactions, and what went wrong.

`synchronous=FULL` with WAL is what keeps a committed row through a power cut; NORMAL, and the
default rollback journal with FULL, were measured to lose acknowledged rows. Both settings are
set and read back at every open.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from sqlite_utils import Database

from sync.edge import migrations, trouble
from sync.edge.migrations.m0001_journal import APPLICATION_ID
from sync.edge.space import Space, is_read_only
from sync.edge.store.placing import FILE_NAME, alone_in, finish, is_gone, mark_in_use
from sync.edge.trouble import StoreTrouble

_WAIT_SECONDS: Final = 10.0
_FULL: Final = 2  # PRAGMA synchronous
_T = TypeVar("_T")

PAGE_BYTES: Final = 2048  # an envelope of 2 KB is one page and not the half of one
_PIECE_BYTES: Final = 4096
_WIPE_TRIES: Final = 3
_LOG_HEADER_BYTES: Final = 32  # https://sqlite.org/fileformat2.html#the_write_ahead_log
_LOG_PAGES: Final = 1000  # SQLite's own wal_autocheckpoint
_LOG_BYTES: Final = (_LOG_PAGES + 40) * (PAGE_BYTES + 24)  # and the transaction that reaches it

# Primary result codes of SQLite. The others stand for faults of this program.
_TROUBLES: Final = {
    sqlite3.SQLITE_PROTOCOL: trouble.BUSY,
    sqlite3.SQLITE_BUSY: trouble.BUSY,
    sqlite3.SQLITE_LOCKED: trouble.BUSY,
    sqlite3.SQLITE_READONLY: trouble.READ_ONLY,
    sqlite3.SQLITE_IOERR: trouble.DISK,
    sqlite3.SQLITE_CORRUPT: trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: trouble.DAMAGED,
    sqlite3.SQLITE_FULL: trouble.FULL,
    sqlite3.SQLITE_CANTOPEN: trouble.UNAVAILABLE,
    sqlite3.SQLITE_PERM: trouble.UNAVAILABLE,
}

_ERRNOS: Final = {
    errno.EROFS: trouble.READ_ONLY,
    errno.EACCES: trouble.READ_ONLY,
    errno.EPERM: trouble.READ_ONLY,
    errno.ENOSPC: trouble.FULL,
    errno.EDQUOT: trouble.FULL,
    errno.EIO: trouble.DISK,
}


class Done(Enum):
    """What became of a row: on the disk, in conflict with one there, or refused by a trigger."""

    YES = "yes"
    TAKEN = "taken"
    REFUSED = "refused"


_NOT_DONE: Final = {
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: Done.TAKEN,
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: Done.TAKEN,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER: Done.REFUSED,
}


class Connection:
    """An open store. May be used from several threads, one at a time.

    Attributes:
        in_use: the handle that says so to whoever would make the store anew.
        is_damaged: whether SQLite has found a page broken since it was opened.
    """

    def __init__(self, raw: sqlite3.Connection, folder: Path, space: Space) -> None:
        self.folder = folder
        self.space = space
        self._raw = raw
        self._lock = threading.Lock()
        self._closed = False
        self._is_log_unsure = False
        self.in_use: int | None = None
        self.is_damaged = False

    @classmethod
    def open(cls, folder: Path, space: Space) -> Connection | StoreTrouble:
        """Opens the store of `folder`, making or migrating it where needed."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with alone_in(folder):
                finish(folder)
                if is_gone(folder):
                    return StoreTrouble(trouble.DAMAGED)
                opened = _open(folder, space)
                if isinstance(opened, Connection):
                    opened.in_use = mark_in_use(folder)
                return opened
        except sqlite3.Error as error:
            return _diagnose(error, folder, space)
        except OSError as error:
            return refused(error)

    def close(self) -> None:
        """Closes the file; what is committed stays."""
        if self._closed:
            return
        self._closed = True
        if self.read(_has_sealed) is True:
            # SQLite deletes the log that nobody else has open, and keys lie in it.
            self.wipe_log()
        with self._lock:
            self._raw.close()
        if self.in_use is not None:
            os.close(self.in_use)
            self.in_use = None

    def read(self, work: Callable[[sqlite3.Connection], _T]) -> _T | StoreTrouble:
        """What `work` finds, in a transaction of its own so that it sees one state."""
        with self._lock:
            try:
                self._raw.execute("BEGIN")
                try:
                    return work(self._raw)
                finally:
                    self._end("COMMIT")
            except sqlite3.Error as error:
                return self._diagnosed(error)

    def wipe_log(self) -> bool | StoreTrouble:
        """Brings the log into the database and overwrites it; False where somebody was in the way.

        Keys that were destroyed, and keys whose rows will be, lie in it; a log that is only deleted
        leaves its blocks to who searches the disk. SQLite takes a log that begins with zeros for an
        empty one.
        """
        with self._lock:
            try:
                return any(self._wiped_log() for _ in range(_WIPE_TRIES))
            except sqlite3.Error as error:
                return self._diagnosed(error)

    def _wiped_log(self) -> bool:
        before = _pragma(self._raw, "data_version")
        if _pragma(self._raw, "wal_checkpoint(RESTART)"):
            return False
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            # Nobody can commit now. Where nobody did since, all of the log is in the database.
            if _pragma(self._raw, "data_version") != before:
                return False
            with suppress(OSError):
                _overwrite(self.folder / f"{FILE_NAME}-wal")
            return True
        finally:
            self._end("COMMIT")

    def insert(self, statement: str, values: tuple[object, ...]) -> Done | StoreTrouble:
        """One row, on the disk before this returns `Done.YES`."""
        with self._lock:
            try:
                self._make_log_sure()
                self._raw.execute(statement, values)
            except sqlite3.IntegrityError as error:
                done = _NOT_DONE.get(error.sqlite_errorcode)
                if done is None:
                    raise
                return done
            except sqlite3.Error as error:
                return self._diagnosed(error)
            return Done.YES

    def insert_all(self, rows: Sequence[tuple[str, tuple[object, ...]]]) -> Done | StoreTrouble:
        """As `insert`, several rows in one transaction: all of them or none."""
        with self._lock:
            try:
                self._make_log_sure()
                self._raw.execute("BEGIN IMMEDIATE")
                try:
                    for statement, values in rows:
                        self._raw.execute(statement, values)
                    self._raw.execute("COMMIT")
                except BaseException:
                    self._end("ROLLBACK")
                    raise
            except sqlite3.IntegrityError as error:
                done = _NOT_DONE.get(error.sqlite_errorcode)
                if done is None:
                    raise
                return done
            except sqlite3.Error as error:
                return self._diagnosed(error)
            return Done.YES

    def write(self, work: Callable[[sqlite3.Connection], _T]) -> _T | StoreTrouble:
        """What `work` returns, after all it wrote is on the disk; or nothing was written."""
        with self._lock:
            try:
                self._make_log_sure()
                self._raw.execute("BEGIN IMMEDIATE")
                try:
                    found = work(self._raw)
                    self._raw.execute("COMMIT")
                except BaseException:
                    self._end("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                return self._diagnosed(error)
            return found

    def write_on_ballast(self, work: Callable[[sqlite3.Connection], _T]) -> _T | StoreTrouble:
        """As `write`; on a full disk the ballast is given up for it."""
        found = self.write(work)
        if isinstance(found, StoreTrouble) and found.code == trouble.FULL:
            if self.space.drop_ballast():
                found = self.write(work)
        else:
            self.space.lay_ballast()
        return found

    def note(self, work: Callable[[sqlite3.Connection], None]) -> StoreTrouble | None:
        """As `write`, for what may be lost with the power: does not wait for the disk.

        NORMAL differs from FULL in one thing: a commit does not sync the WAL. The file stays
        consistent, and the next commit of `write` syncs these pages with its own.
        """
        with self._lock:
            try:
                self._raw.execute("PRAGMA synchronous = NORMAL")
                try:
                    self._raw.execute("BEGIN IMMEDIATE")
                    try:
                        work(self._raw)
                        self._raw.execute("COMMIT")
                    except BaseException:
                        self._end("ROLLBACK")
                        raise
                finally:
                    self._raw.execute("PRAGMA synchronous = FULL")
            except sqlite3.Error as error:
                return self._diagnosed(error)
            return None

    def _diagnosed(self, error: sqlite3.Error) -> StoreTrouble:
        found = _diagnose(error, self.folder, self.space)
        self.is_damaged = self.is_damaged or found.code == trouble.DAMAGED
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR:
            self._is_log_unsure = True
        return found

    def _make_log_sure(self) -> None:
        """After a sync that failed: brings the log into the database, and begins it anew.

        What a failed sync should have brought the kernel takes for written, and no later sync brings
        it (https://lwn.net/Articles/752063). SQLite writes a commit that failed again, but not the
        notes before it; and behind a hole in the log nothing counts after a power cut.
        """
        if self._is_log_unsure:
            if _pragma(self._raw, "wal_checkpoint(RESTART)"):
                busy = sqlite3.OperationalError("somebody reads the log")
                busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise busy
            self._is_log_unsure = False

    def _end(self, how: str) -> None:
        # SQLite has ended the transaction itself after some errors.
        if self._raw.in_transaction:
            self._raw.execute(how)


def refused(error: OSError) -> StoreTrouble:
    """The trouble of a disk that refuses."""
    return StoreTrouble(_ERRNOS.get(error.errno or 0, trouble.UNAVAILABLE))


def _open(folder: Path, space: Space) -> Connection | StoreTrouble:
    path = folder / FILE_NAME
    # The side files of SQLite take the permissions of the main file. A file that is there is not
    # opened here: closing it again would give up the locks that this process holds on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    # First to see that it is ours, and to fold an old log in; then to stay.
    first = _connect(path)
    if isinstance(first, StoreTrouble):
        return first
    Connection(first, folder, space).close()
    _lay_log(path)
    raw = _connect(path)
    return raw if isinstance(raw, StoreTrouble) else Connection(raw, folder, space)


def _connect(path: Path) -> sqlite3.Connection | StoreTrouble:
    raw = sqlite3.connect(
        path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        refusal = _prepare(raw)
    except BaseException:
        raw.close()
        raise
    if refusal is not None:
        raw.close()
        return refusal
    return raw


def _has_sealed(raw: sqlite3.Connection) -> bool:
    """Whether keys of envelopes ever lay in the store."""
    found = raw.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'segment'")
    return found.fetchone() is not None


def _overwrite(path: Path) -> None:
    """Overwrites a log whose pages are in the database.

    Its header first, and on the disk before the rest: a header with some frames behind it that a
    power cut left would be taken for a log, and put old pages over newer ones.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(handle).st_size
        os.pwrite(handle, bytes(min(_LOG_HEADER_BYTES, size)), 0)
        os.fsync(handle)
        for at in range(0, size, _PIECE_BYTES):
            os.pwrite(handle, bytes(min(_PIECE_BYTES, size - at)), at)
        os.fsync(handle)
    finally:
        os.close(handle)


def _lay_log(path: Path) -> None:
    """Makes the write-ahead log at its usual size ahead, so that no commit pays for its growth.

    A sync of a file that grows also writes the file system's own journal, and was measured to
    take twice the time. SQLite takes a log without a valid header for an empty one, and deletes
    it when the last program closes the store. Where there is a log, somebody has the store open.
    """
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        return
    new = path.with_name("log.new")
    try:
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            # In small pieces: written in one, the kernel keeps the file in large pieces, and
            # a sync of a few changed bytes takes an eighth more of a record's time (measured).
            for _ in range(0, _LOG_BYTES, _PIECE_BYTES):
                os.write(handle, bytes(_PIECE_BYTES))
            os.fsync(handle)
        finally:
            os.close(handle)
        os.link(new, log)  # fails where a log has come meanwhile
    except OSError:
        pass  # it only costs time
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def _prepare(raw: sqlite3.Connection) -> StoreTrouble | None:
    """Checks whose file it is, makes its commits durable, brings its schema up to date."""
    owner = _pragma(raw, "application_id")
    if owner != APPLICATION_ID and not (owner == 0 and _is_empty(raw)):
        return StoreTrouble(trouble.FOREIGN)
    database = Database(raw, execute_plugins=False)  # sets recursive_triggers too: so that
    # INSERT OR REPLACE cannot go round the triggers that refuse DELETE
    if migrations.is_newer(database):
        return StoreTrouble(trouble.NEWER)
    raw.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # counts for a new file only
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    if _pragma(raw, "journal_mode") != "wal" or _pragma(raw, "synchronous") != _FULL:
        return StoreTrouble(trouble.NOT_DURABLE)
    raw.execute("PRAGMA trusted_schema = OFF")
    migrations.apply_all(database)
    # A file that cannot be written opens without complaint; this complains.
    raw.execute("BEGIN IMMEDIATE")
    raw.execute("ROLLBACK")
    return None


def _is_empty(raw: sqlite3.Connection) -> bool:
    """Whether nobody has made a table in it, but for the list of migrations of a first start."""
    found = raw.execute("SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlite_migrations'")
    return bool(found.fetchone()[0] == 0)


def _pragma(raw: sqlite3.Connection, name: str) -> object:
    with closing(raw.execute(f"PRAGMA {name}")) as found:
        return found.fetchone()[0]


def _diagnose(error: sqlite3.Error, folder: Path, space: Space) -> StoreTrouble:
    """The trouble behind an error of SQLite. Raises `error` where it is a fault of the program."""
    if isinstance(error, sqlite3.ProgrammingError) and "closed database" in str(error):
        return StoreTrouble(trouble.UNAVAILABLE)  # the program is ending, this thread is the last
    code = _TROUBLES.get(getattr(error, "sqlite_errorcode", -1) & 0xFF)
    if code is None:
        raise error
    # A full or a read-only disk also shows as a plain I/O error, or as a file that does not open.
    if code in {trouble.DISK, trouble.UNAVAILABLE}:
        if is_read_only(folder):
            code = trouble.READ_ONLY
        elif space.free() == 0:
            code = trouble.FULL
    return StoreTrouble(code)
