"""The class server: rounds in the database, HTTP, and the host's panel."""
