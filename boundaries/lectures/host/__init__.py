"""The host's side of a lecture: a panel in a notebook that finds or starts the class server and
talks HTTP to it."""
