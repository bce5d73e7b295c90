"""What was answered: judgments and their merge rule, the database, one student's own file, submissions."""
