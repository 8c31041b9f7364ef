"""The sources of static sites (Hugo, Jekyll, Eleventy, …): pages of Markdown or HTML under front matter."""
