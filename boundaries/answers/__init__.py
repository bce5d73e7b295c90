"""What was answered: judgments, the database, one student's own file, submissions."""
