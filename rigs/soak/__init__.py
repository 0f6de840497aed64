"""scripts/soak: whether the memory of a TaskManager stays as it is under steady load."""
