"""What stands behind a document: a test country with its certificates, lists and signed objects."""
