"""Running other programs."""

import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent
ROOT = HERE.parent
MISSING = 3  # exit status by which a peer says that its library is not installed


class Missing(Exception):
    """A peer's library or compiler is not installed; the text says which."""


def output_of(command, fallback):
    """The first line that a command prints, or the fallback when it fails."""
    try:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              cwd=ROOT, check=True)
        return done.stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return fallback


def run_command(command, environment=None):
    """Standard output of a command; Missing or RuntimeError otherwise."""
    command = [str(part) for part in command]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False,
                          env={**os.environ, **(environment or {})})
    if done.returncode == MISSING:
        raise Missing(done.stderr.strip())
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}\nexit {done.returncode}: {done.stderr.strip()}")
    return done.stdout
