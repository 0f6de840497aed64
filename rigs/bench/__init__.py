"""scripts/bench: callweave beside what else there is."""
