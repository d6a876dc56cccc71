"""Power cuts, and disks that fail, of any program, without root and thousands in an hour.

A program runs once under `recorder.c`, which notes every write, every sync and every name that it
makes or removes in one folder, and what the program says that it has stored (`told.py`). From that
log `recording.py` makes the disks that a power cut may leave at any moment (`disk.py`): what was
synced is there, of the rest any part. The store under test is then opened on such a disk as after
any start, and judged.

To put another store through it: a program that stores and calls `told.tell(...)` after each answer
of the store, `recording.record(...)` to run it, `Recording.cuts(...)` for the disks.
"""
