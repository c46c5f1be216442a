"""Which tables move the numbers in the rail (`app.queries.counts`); pure, so that the window knows them as it opens."""

from __future__ import annotations

COUNTED_TABLES = frozenset({
    "visits", "task", "cover", "lab_review", "alerts", "alert_detail", "visit_requests", "messages", "message_threads",
    "thread_detail", "referrals", "excuse_notes", "clinic_settings",
})  # fmt: skip
"""When one of them changes, the numbers are asked anew."""
