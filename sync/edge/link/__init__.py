"""The link: a process of its own that carries the journal to the hub and the answers back.

`python -m kiosk.link --station-dir DIR`. It may be killed at any moment: all that it knows is
in the store, and what it sent without hearing an answer it sends again.
"""
