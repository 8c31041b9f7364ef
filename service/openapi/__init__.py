"""The document of the HTTP API (OpenAPI 3.1): made from the tables and types that requests are read by and answers are tested
against, so that it cannot say something else. The page beside it is made from the document alone."""
