"""The vitals tab in a real window on a real clinic."""
