"""What a browser runs: one form, the pages of phones, projector and host, and their styles."""

from pathlib import Path

WEB = Path(__file__).parent
"""The folder of these files."""
