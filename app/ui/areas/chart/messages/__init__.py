"""A patient's conversations in the chart."""
