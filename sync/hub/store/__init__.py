"""The hub's one door to SQLite: the database, and the questions that the hub asks of it.

`database` opens it and guards its durability; `chains`, `registrations`, `letters` and `alarms`
hold the statements, one module for each part of the schema (`sync.hub.migrations`). Times are
milliseconds since 1970, UTC, throughout.
"""
