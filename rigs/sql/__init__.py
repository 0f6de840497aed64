"""scripts/sql: files of Flink SQL over the job's topics, with the SQL client of Flink 1.12, which takes no file."""
