"""Visit requests: the triage board, one request with a glimpse of the chart, the time that is proposed."""
