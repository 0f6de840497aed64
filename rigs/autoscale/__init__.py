"""scripts/autoscale-check: `callweave autoscale` with TaskManagers that come and go, under a load that does."""
