"""Values over time in lanes: zoomed and panned by mouse and keyboard, painted from what the database aggregated."""
