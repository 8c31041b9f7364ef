# Two images from one file: `web` (the default) answers readers, `indexer` also holds the model, for rebuild jobs and to embed
# what is written between them.
#
#   docker build --tag alsoread:web .
#   docker build --tag alsoread:indexer --target indexer .
#
# The steps stand in docker/install.sh and use nothing that only one builder knows, so that docker/check-clean-root.sh can
# prove them where no container engine is.

# The Python and the Debian that the clean-root check runs, and that constraints.txt was made for.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm


FROM ${PYTHON_IMAGE} AS build
COPY pyproject.toml README.md LICENSE constraints.txt /build/
COPY index /build/index
COPY recommender /build/recommender
COPY service /build/service
COPY examples/newspaper /build/examples/newspaper
COPY docker/install.sh docker/healthcheck.py /build/docker/
# Options for pip, such as those of your own package index. Above all: on Linux pip's default index has torch only with
# several GB of CUDA libraries. Where no GPU is, take the CPU build for the indexer, from the index of CPU builds whose
# address stands in PyTorch's installation guide; its +cpu version wins over the other of the same number:
#   docker build --target indexer --build-arg PIP_EXTRA_ARGS="--extra-index-url ADDRESS" .
# Not for passwords: build arguments can be read in the build's history. Each stage that uses it names it again, for not every
# builder hands it down.
ARG PIP_EXTRA_ARGS=""
RUN sh /build/docker/install.sh wheel


FROM build AS install-indexer
ARG PIP_EXTRA_ARGS=""
RUN sh /build/docker/install.sh indexer


FROM build AS install-web
ARG PIP_EXTRA_ARGS=""
RUN sh /build/docker/install.sh web


# What both images are but for their packages: a user that owns nothing but the data, and the settings.
FROM ${PYTHON_IMAGE} AS runtime
COPY docker/install.sh /opt/alsoread/
RUN sh /opt/alsoread/install.sh user && rm -r /opt/alsoread
ENV PATH=/opt/alsoread/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PYTHONUNBUFFERED=1
ENV ALSOREAD_DATA=/data
ENV ALSOREAD_HOST=0.0.0.0
VOLUME /data
WORKDIR /data
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["alsoread"]


FROM runtime AS indexer
COPY --from=install-indexer /opt/alsoread /opt/alsoread
CMD ["indexer"]


# Last, so that a plain `docker build .` makes it. Never holds torch: known articles are answered from stored vectors.
FROM runtime AS web
COPY --from=install-web /opt/alsoread /opt/alsoread
# It would have no model to embed with; the other image does that.
ENV ALSOREAD_INDEXER=false
EXPOSE 8000
# Whether it lives, not whether it is ready: a restart brings no index, and /health/ready is for the load balancer.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["/opt/alsoread/bin/python", "/opt/alsoread/bin/healthcheck.py"]
CMD ["serve"]
