"""The rounds of a lecture in the database: what may be opened, what is stored, what is frozen."""
