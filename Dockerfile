# A machine to grade on where there is none: macOS, Windows, an old Linux. docs/classroom.md says how to run it.
#
#     docker build -t d2l-grader .
#     docker run --rm -v "$PWD/class:/class:ro" -v "$PWD/grades:/grades" d2l-grader run /class -o /grades
#
# The image holds the solutions. Do not push it to where students can pull it.

FROM python:3.11-slim

# Without CUDA the image is a fifth of the size: --build-arg PIP_OPTIONS="--extra-index-url <torch's index of CPU wheels>".
ARG PIP_OPTIONS=""
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PYTHONDONTWRITEBYTECODE=1

WORKDIR /course
COPY constraints.txt ./
RUN pip install -c constraints.txt ${PIP_OPTIONS} torch numpy
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY grader grader
# Not editable: the course's folder, solutions and all, must not lie on the path of Python.
RUN pip install -c constraints.txt '.[grade]' && rm -rf grader
COPY exercises exercises
COPY solutions solutions

# Nobody needs root, not even to put the walls up. Any other number will do: docker run --user "$(id -u):$(id -g)".
RUN useradd --uid 1000 --create-home grader && mkdir -m 1777 /grades
ENV HOME=/tmp
USER grader

ENTRYPOINT ["d2l-grade"]
CMD ["--help"]
