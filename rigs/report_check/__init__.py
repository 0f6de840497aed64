"""scripts/report-check: the page of `callweave report` in a real browser."""
