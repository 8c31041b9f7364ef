"""Furniture: lines that a site repeats on its pages, learnt from its archive and removed before an article is embedded.

The catalogue keeps every article as it came. Rules stand in numbered sets that never change, and a recipe names one.
"""

from index.boilerplate.apply import NO_CLEANER, Cleaner, Cut
from index.boilerplate.learn import learn
from index.boilerplate.rules import NO_RULES, Finding, Rule, RuleSet

__all__ = ["NO_CLEANER", "NO_RULES", "Cleaner", "Cut", "Finding", "Rule", "RuleSet", "learn"]
