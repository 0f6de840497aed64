"""scripts/panels-check: whether every panel and alert has the data that it asks for."""
