"""Clerks, citizens, stations and a network that fails, played by chance against a simple model.

`python -m tests.counter_machine --steps 100000` ends with `MODEL steps=N broken=N`.
"""
