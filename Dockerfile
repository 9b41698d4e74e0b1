# The command `grade` with the bundled course, for x86-64 and aarch64.
#
#   make image        builds it from nothing, `make image-test` runs and attacks it
#   docker build --tag grade .    needs the network: packages from PyPI, torch from PyTorch's index of CPU wheels
#
# Without a package index: lay the wheels into wheels/ and build with --build-arg PIP_NO_INDEX=1.

FROM debian:bookworm-slim AS python
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends python3 \
    && rm -rf /usr/lib/python3.11/test /var/lib/apt/lists/* /var/log/apt /var/log/*.log /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old

# What the harness needs, in a layer of its own: it changes with constraints.txt and pyproject.toml alone.
FROM python AS packages
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends binutils python3-pip \
    && rm -rf /var/lib/apt/lists/*
ARG PIP_NO_INDEX
# Without it torch comes with gigabytes of CUDA. `--build-arg PIP_EXTRA_INDEX_URL=` names another, or none.
ARG PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
# Which extras of pyproject.toml come along. Matplotlib would be a tenth of the image: a course that draws asks for it.
ARG EXTRAS="review"
# `--build-arg WITHOUT="torch sympy" --build-arg EXTRAS=` makes a third of the size, for assignments that need no torch.
ARG WITHOUT
# All files get this date, and so do the archives that pip makes on its way: 1980 is the earliest that a zip can hold.
ARG SOURCE_DATE_EPOCH=315532800
COPY wheels /wheels
COPY constraints.txt pyproject.toml image/imported.py image/requirements.py image/slim.sh /source/
# hadolint ignore=SC2086  # one word for each extra
RUN python3 -m venv --without-pip /opt/grade \
    && python3 /source/requirements.py /source/pyproject.toml $EXTRAS ${WITHOUT:+--without "$WITHOUT"} >/source/requirements.txt \
    && pip --python /opt/grade/bin/python install --no-cache-dir --no-compile --find-links /wheels \
        --constraint /source/constraints.txt --requirement /source/requirements.txt \
    && bash /source/slim.sh /opt/grade/lib/python3.11/site-packages \
    && /opt/grade/bin/python -B /source/imported.py /opt/grade/lib/python3.11/site-packages >/source/imported.txt \
    && /opt/grade/bin/python -S -m compileall -q --invalidation-mode unchecked-hash -i /source/imported.txt \
    && rm /opt/grade/bin/[Aa]ctivate* \
    && find /opt/grade -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

# The harness itself, laid out beside the packages and then over them, so that its layer holds nothing else.
FROM packages AS harness
COPY --from=python /var/lib/dpkg/status /source/dpkg-status
COPY LICENSE README.md image/sbom.py /source/
COPY grader /source/grader
COPY templates /source/templates
RUN pip --python /opt/grade/bin/python install --no-cache-dir --no-compile --no-deps --find-links /wheels \
        --constraint /source/constraints.txt --prefix /opt/harness /source \
    && /opt/grade/bin/python -S -m compileall -q --invalidation-mode unchecked-hash /opt/harness/lib \
    && cp -a /opt/harness/. /opt/grade \
    && mkdir -p /opt/harness/share/grade \
    && /opt/grade/bin/python /source/sbom.py grade /source/dpkg-status >/opt/harness/share/grade/sbom.json \
    && find /opt/harness -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

# The course, and what its references answer: a container that cannot write would compute it for every submission.
FROM harness AS course
COPY reference /course/reference
COPY student /course/student
RUN bash -c 'cd /course/reference && printf "%s\0" */ | tr --delete / \
        | xargs --null --max-args=1 --max-procs="$(nproc)" /opt/grade/bin/grade record --course /course \
        || echo "what is not recorded is computed for each submission" >&2' \
    && chmod -R u=rwX,g=rX,o= /course/reference /course/.grade \
    && chmod -R u=rwX,go=rX /course/student \
    && chmod u=rwx,go=rx /course \
    && find /course -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

FROM python
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="grade" \
      org.opencontainers.image.description="Grade neural-network assignments in a sandbox" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="debian:bookworm-slim" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
# Packages of Debian that a runner calls in the container, such as "git curl" for that of Classroom 50.
ARG PACKAGES
# hadolint ignore=SC2086  # one word for each package
RUN if [ -n "$PACKAGES" ]; then \
        apt-get update \
        && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $PACKAGES \
        && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/*.log /var/cache/ldconfig/aux-cache; \
    fi
RUN echo 'grade:x:10001:10001::/work:/usr/sbin/nologin' >>/etc/passwd \
    && echo 'grade:x:10001:' >>/etc/group \
    && install --directory --owner 10001 --group 0 --mode 0775 /work
COPY --from=packages /opt/grade /opt/grade
COPY --from=harness /opt/harness /opt/grade
# Nobody else reads the references. The group is root's, which workers never belong to: a root without capabilities
# must be able to grade as well.
COPY --from=course --chown=10001:0 /course /course
ENV PATH=/opt/grade/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRADE_COURSE=/course
WORKDIR /work
USER 10001:10001
HEALTHCHECK --interval=60s --timeout=20s --start-period=5s --retries=2 CMD ["grade", "doctor"]
ENTRYPOINT ["grade"]
CMD ["--help"]
