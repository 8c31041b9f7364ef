"""Clicks without cookies: what readers' browsers report, told apart from robots and repeats, counted and compared."""
