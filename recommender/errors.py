"""Every error that this package raises on purpose, under one base class; each message may be shown as it is."""


class RecommenderError(Exception):
    """Base of all errors of ranking and policy."""


class UnknownArticle(RecommenderError):
    """No article with this id or address is in the index (or it may not be seen yet)."""


class InvalidPolicy(RecommenderError):
    """A policy file does not say what a policy may say."""


class InvalidTruth(RecommenderError):
    """A file of editors' links cannot be used to evaluate."""
