#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the image of the assignment. Its output is shown beside the build.
set -euo pipefail

source="${AUTOGRADER:-/autograder}/source"
venv=/opt/d2l-grader
export DEBIAN_FRONTEND=noninteractive

# Ubuntu 24.04 has a Python that is new enough; 22.04 has one beside its own, which is not.
apt-get update
for version in 3.13 3.12 3.11 none; do
    apt-get install -y --no-install-recommends "python$version" "python$version-venv" && break
done
if [ "$version" = none ]; then
    echo "d2l-grader needs Python 3.11 or later, and this image has none. Choose Ubuntu 22.04 or later in the settings." >&2
    exit 1
fi

"python$version" -m venv "$venv"
# shellcheck disable=SC2086  # several options
"$venv/bin/pip" install --no-cache-dir --disable-pip-version-check ${PIP_OPTIONS-@PIP_OPTIONS@} -r "$source/requirements.txt"

# Submissions run as nobody, behind walls that hide these files anyway.
chmod 600 "$source/answers.key" "$source/settings.json"
chmod 755 "$source/run_autograder"

echo "What this machine can hold untrusted code with:"
cd "$source" && "$venv/bin/python" -c "from grader.cli.sandbox import report; report(False)" || true
