"""Pages of the security console: stations, users, smart cards (R-004-4)."""
