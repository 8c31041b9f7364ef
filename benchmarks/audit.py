"""`make audit`: what bandit says of our code, and what is known of the versions that we pin.

Ends with 1 where either found something, and with 2 where the database of vulnerabilities could not be asked: its client passes
that over as a version that it does not know.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGES = ("index", "recommender", "service")
PINNED = "constraints.txt"

FOUND, NOT_ASKED = 1, 2


def main() -> int:
    """Run both; the exit code."""
    print("bandit, over our own code:", flush=True)
    command = [sys.executable, "-m", "bandit", "--quiet", "--configfile", "pyproject.toml", "--recursive", *PACKAGES]
    ours = subprocess.run(command, cwd=ROOT, check=False).returncode
    print("nothing found" if ours == 0 else "found something: mend it, or say in place why it is none (# nosec ID)")
    print(f"pip-audit, over the versions in {PINNED}:", flush=True)
    code, said = judged(*asked())
    print(said)
    return FOUND if ours else code


def asked() -> tuple[str, str]:
    """What pip-audit answers, as JSON, and what it complains of."""
    options = ["--requirement", PINNED, "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout, done.stderr


def judged(answer: str, complaint: str) -> tuple[int, str]:
    """The exit code that an answer deserves, and what is to be said."""
    try:
        known: list[Mapping[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        last = (complaint.strip().splitlines() or ["it said nothing"])[-1]
        return NOT_ASKED, f"NOT CHECKED: the database of vulnerabilities cannot be reached ({last[:200]})"
    passed_over = [one for one in known if "skip_reason" in one]
    found = [f"{one['name']} {one['version']}: {bug['id']}" for one in known for bug in one.get("vulns", ())]
    if found:
        return FOUND, "\n".join((*found, "take versions without these, with: make constraints"))
    if passed_over:
        names = ", ".join(str(one["name"]) for one in passed_over[:3])
        return NOT_ASKED, (
            f"NOT CHECKED: the database of vulnerabilities cannot be reached, or knows nothing of {len(passed_over)} of "
            f"{len(known)} packages ({names} …); try again where it can be reached"
        )
    return 0, f"nothing is known of {len(known)} packages"


if __name__ == "__main__":
    sys.exit(main())
