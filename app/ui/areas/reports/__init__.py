"""Reports: figures of a period as a table, drawn, and as CSV."""
