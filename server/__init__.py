"""Overclaim at run time: the checking engine and its doors."""
