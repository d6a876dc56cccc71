"""The fonts of the screens, vendored with their licences."""
