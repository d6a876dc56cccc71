"""The security console: users, smart cards and stations of a comune (R-004-1 to 36)."""
