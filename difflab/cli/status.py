"""Exit statuses: 0 done, 1 failure, 2 misuse, and the one of an interrupted command."""

INTERRUPTED = 130
"""After Ctrl-C, as shells have it."""
