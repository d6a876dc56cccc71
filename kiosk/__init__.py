"""The kiosk: procedures, their screens, documents and texts, and the engine that runs them."""

VERSION = "0.1.0"
"""Version of the program, as a readiness report names it."""
