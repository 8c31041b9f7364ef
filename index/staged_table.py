"""The temporary table into which a rebuild puts what differs from the catalogue."""

import sqlalchemy as sa

from index.schema import articles

staged = sa.Table(
    "staged",
    sa.MetaData(),
    *(sa.Column(column.name, column.type, primary_key=column.primary_key) for column in articles.columns),
    prefixes=["TEMPORARY"],
)
"""Rows that will replace those of `articles`; only what differs from it."""
