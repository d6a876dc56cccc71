"""The kiosk: procedures, their screens, documents and texts, and the engine that runs them."""
