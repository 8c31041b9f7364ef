"""The boxes on the page: the element's script, its stylesheet, and the same markup rendered on the server."""
