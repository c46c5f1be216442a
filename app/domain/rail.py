"""Which tables move the numbers in the rail (`app.queries.counts`); pure, so that the window knows them as it opens."""

from __future__ import annotations

COUNTED_TABLES = frozenset({
    "visits", "task", "cover", "lab_review", "alerts", "alert_detail", "visit_requests", "messages", "message_threads",
    "thread_detail", "referrals", "excuse_notes", "clinic_settings", "clinical_rules", "rule_run_rule",
})  # fmt: skip
"""When one of them changes, the numbers are asked anew. Of a run the feed tells as of a change to its rules."""
