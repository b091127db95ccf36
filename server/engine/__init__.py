"""The checking engine: text in, verdicts out. It knows no file, no clock, no environment and no web."""
