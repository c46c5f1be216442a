"""What can be opened in the tab of devices beside a connection."""

READ_FILES = "read-files"
"""The page that reads files."""
