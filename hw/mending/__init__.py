"""What the rig does about devices that fail: watches, mends, tells."""
