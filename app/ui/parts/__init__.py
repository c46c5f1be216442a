"""Pieces that several areas share: they know commands and queries, but no area."""
