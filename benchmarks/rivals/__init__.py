"""What people would use instead: services that run in an environment of their own, and import nothing of ours."""
