"""Figures that docs/ quotes, each printed by one command."""
