"""scripts/run: callweave on this machine, with simulated traffic."""
