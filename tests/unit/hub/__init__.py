"""The hub, without network: its store and its decisions are real."""
