"""People at home, in a real browser without script, over real HTTP."""
