"""Who opened, printed or exported a chart."""
