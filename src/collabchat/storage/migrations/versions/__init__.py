"""Schema migrations, oldest first; each file is one step and is never changed after a release."""
