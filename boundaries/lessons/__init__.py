"""A student's notebook: the form, the lesson around it, what opens when, handing in."""
