"""Rows with named columns: CSV and Parquet, their values and their dates."""
