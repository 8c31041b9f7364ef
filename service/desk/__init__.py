"""The editors' pages: `frame` is what every page stands in, `visitors` who may see it, `guard` what protects it; each page
is a module with `add_<page>(desk)`. A page parses, calls, and fills a template. It works without script."""
