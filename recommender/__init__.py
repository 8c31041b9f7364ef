"""What we would show: from candidates to the list a reader gets, and why each item is on it.

This package is pure: snapshot, policy, request and clock in, suggestions out, the same every time.
It imports `index` and never `service`; it knows no HTTP and writes no SQL.
"""
