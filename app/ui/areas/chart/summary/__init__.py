"""The chart on one screen."""
