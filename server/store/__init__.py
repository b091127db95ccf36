"""Reports and readers' disputes, kept in SQL."""
