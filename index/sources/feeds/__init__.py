"""RSS, Atom and JSON feeds: reading one, following it to its pages, and finding it on a site."""
