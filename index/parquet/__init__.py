"""Parquet files as rows of plain values, read in a process of their own. Knows no articles, imports nothing of ours.

The library that reads Parquet is not made for damaged files: at some it ends its process, at others it asks for all the memory
there is. `index.sources.tables.parquet_table` is the other end.
"""
