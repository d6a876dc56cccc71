"""The server end: ingest, registry, letters, confirmation pages. Trusts no station."""
