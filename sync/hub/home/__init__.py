"""What people do with their codes, for the hub's pages, for kiosks that ask, and for the decider.

One set of rules whoever asks (R-003-19, 28, 38): `procedures` shows what may be done, `pace` how
often it may be tried, `passwords` what may be chosen.
"""
