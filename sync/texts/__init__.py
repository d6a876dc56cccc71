"""Texts that both ends show: what a person accepts, and the words of the procedures at home.

A citizen may conclude a procedure on the hub's pages or at a kiosk, and reads the same there
(R-003-19, 38). The Regolamento is printed on paper too (R-003-50). The Italian text has legal
value; every translation says so.
"""
