"""The chart's care plan."""
