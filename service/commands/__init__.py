"""The commands of `alsoread`, a module each; each imports what it needs when it is called for."""
