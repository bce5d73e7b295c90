"""`python -m boundaries …`."""

from boundaries.cli import main

raise SystemExit(main())
