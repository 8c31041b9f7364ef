"""What we know: articles, their vectors and terms, and who is near whom.

This package reads archives, keeps them, and answers exact searches over immutable snapshots.
It knows no HTTP and no ranking policy, and imports neither `recommender` nor `service`.
Import the name you need (`from index.article import Article`), never the package itself.
"""
