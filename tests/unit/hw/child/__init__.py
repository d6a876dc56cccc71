"""Child processes: frames, the parent, the child."""
