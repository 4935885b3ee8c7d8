"""Hard limits: a function in a process of its own, which is stopped when it takes too much.

`run` starts, watches and ends the process; `child` is what happens inside.
"""

from difflab.limits.run import Outcome, run_limited

__all__ = ["Outcome", "run_limited"]
