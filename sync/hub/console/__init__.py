"""The security console at the hub: users, smart cards, daily passwords (R-004-1 to 36).

`consequences` says what an act leads to, `deciding` enters it, `derivation` makes the lines of the
roster of it, `asked` answers the console's inquiries.
"""
