"""The index on engines that several hosts share: rows and links in PostgreSQL, nearest neighbours in Milvus.

One host rebuilds and indexes as ever, and keeps what stands here true to it (`projection`); web replicas hold nothing of their
own, and gather for each question the rows that it can concern (`reading`).
"""
