"""The kiosk's window: screens that draw a session and tell what the person did. Kivy is imported here only."""
