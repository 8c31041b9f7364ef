"""Who asks: HTTP, the command line, and the settings that join the other two packages to a machine.

A view parses, calls the recommender and returns; every status code stands in `service.problems`.
This package may import `recommender` and `index`; nothing imports it.
"""
