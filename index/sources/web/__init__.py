"""What stands at addresses: whole sites, sitemaps, lists of addresses, and files to download."""
