"""The vitals tab: readings over time, a table beside them, GLP-1, and the entry of measurements."""
