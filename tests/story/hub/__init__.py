"""The hub as it runs: real broker, real hub process, real mail server, real browser."""
