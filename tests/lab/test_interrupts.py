"""Ctrl-C waits while processes are started, and never reaches them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from difflab.lab.interrupts import ctrl_c_held_back

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")


def test_it_waits_until_the_block_ends() -> None:
    done = []

    def start() -> None:
        with ctrl_c_held_back():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        start()
    assert done == ["all of it"]


def test_processes_started_inside_never_see_it() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('still here')"
    with ctrl_c_held_back():
        protected = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    exposed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert protected.stdout == "still here\n"
    assert "KeyboardInterrupt" in exposed.stderr, "negative control"


def test_everything_is_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with ctrl_c_held_back():
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    assert (signal.getsignal(signal.SIGINT), signal.pthread_sigmask(signal.SIG_BLOCK, ())) == before
