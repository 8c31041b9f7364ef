"""The views of the HTTP API, a module a resource. A view parses, calls, returns."""
