"""The clinic's settings, for administrators."""
