"""The station's end: what is recorded, what waits, and the link that carries it to the hub.

The window records (`journal`) and looks (`outbox`); the link, a process of its own, sends and
keeps what the hub acknowledged. They meet in the store and ring each other awake.
"""
