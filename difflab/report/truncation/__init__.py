"""The truncation study as tables and figures: pure functions of the tidy table of measurements."""
