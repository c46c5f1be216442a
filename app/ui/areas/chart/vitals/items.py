"""What of the vitals can be opened from elsewhere beside the tab itself."""

SHOWN_ITEM, CSV_ITEM, PNG_ITEM = "shown", "csv", "png"
"""The menu of what is shown; the readings and the picture as files."""
