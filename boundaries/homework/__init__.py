"""Homework: what a student hands in, and how three hundred files become one store."""
