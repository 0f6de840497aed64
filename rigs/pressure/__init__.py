"""scripts/pressure: loads that press on the job, and how much it holds then."""
