"""Pages that were saved: HTML in folders and archives, and plain text scraped from pages."""
