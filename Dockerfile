# The site with its dataset inside, run by a user who can write nothing.

FROM python:3.13-slim-trixie AS build
# Where a network has a certificate authority of its own, Node.js has to be told; this stays in this stage.
ARG NODE_EXTRA_CA_CERTS
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# First what changes rarely. The tools of the build stay out of the environment that is run.
COPY locks locks
RUN python -m venv /tools && /tools/bin/python -m pip install --quiet --require-hashes -r locks/build.txt
RUN python -m venv /venv && /venv/bin/python -m pip install --quiet --no-compile --require-hashes -r locks/runtime.txt

COPY . .
RUN /tools/bin/python -m pip wheel --no-build-isolation --no-deps --wheel-dir /wheels . \
    && /venv/bin/python -m pip install --quiet --no-compile --no-deps --no-index /wheels/*.whl \
    && /venv/bin/python -m pip uninstall --quiet --yes pip
# What the site never reads of others' packages: languages it does not speak, and an extension of Jupyter. Where one of
# its own languages is missing here, the load below fails.
RUN find /venv/lib/python3*/site-packages/babel/locale-data -name '*.dat' \
        ! -regex '.*/\(root\|en\|en_001\|en_150\|en_GB\|ru\|ru_RU\|kk\|kk_KZ\|kk_Cyrl\|kk_Cyrl_KZ\)\.dat' -delete \
    && rm -r /venv/share/jupyter /venv/lib/python3*/site-packages/plotly/labextension
# Byte code that is valid whatever day a copy gives to its files: else each start would compile everything anew.
RUN /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /venv/lib
# The record is taken in now, so that the running site writes nothing and needs no room to write in.
RUN mkdir /data && DATABASE_URL=sqlite:////data/derek.db /venv/bin/derek load && rm /data/*.lock

FROM python:3.13-slim-trixie
RUN useradd --uid 10001 --no-log-init --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin derek
COPY --from=build /venv /venv
COPY --from=build /data /data
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATABASE_URL=sqlite:////data/derek.db \
    HOST=0.0.0.0 \
    PORT=8000
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/api/health/live', timeout=4)"]
CMD ["derek", "serve"]
