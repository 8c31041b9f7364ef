"""The grown-up setting on one machine: PostgreSQL, Milvus, an embedder, a host that rebuilds and indexes, two replicas."""
