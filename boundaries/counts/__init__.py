"""What may be shown: tallies, statistics, and the release that withholds small groups."""
