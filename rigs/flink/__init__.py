"""A cluster of the stock Flink distribution, and what its REST interface says."""
