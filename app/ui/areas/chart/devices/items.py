"""What can be opened in the tab of devices beside a connection."""

READ_FILES = "read-files"
"""The page that reads files."""
TAKE_BACK = "take-back"
"""The choice of files to take back."""
