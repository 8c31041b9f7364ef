"""WordPress: its export files (WXR) and its REST interface, which give the same record of a post."""
