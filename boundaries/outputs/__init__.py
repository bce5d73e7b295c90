"""What leaves a store: tables, reasons, research archives and the class report, each through `release`."""
