"""The bytes that a station and the hub must produce identically.

Nothing here keeps state, opens a file or reads a clock. Bytes that came from elsewhere and are
wrong raise `canonical.Malformed` with a code; whoever received them turns it into a value.
"""
