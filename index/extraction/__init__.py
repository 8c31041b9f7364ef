"""From the bytes of a news page to its article: what the page says about itself first, then what can be seen.

Pure functions over one page; nothing here fetches, and nothing knows an archive. What a whole site repeats on its pages is
learnt elsewhere, from many of them.
"""
