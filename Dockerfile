# Written to Debian 12; not built by this project's CI, which has no container engine.
#
#   docker build -t dragoman .
#   docker run -p 8080:8080 -v "$PWD/etc:/etc/dragoman:ro" dragoman
#
# The configuration in /etc/dragoman must listen on 0.0.0.0:8080.
FROM debian:12 AS build
WORKDIR /dragoman
COPY scripts/setup scripts/setup
RUN scripts/setup demo
COPY . .
RUN cmake --preset release && cmake --build --preset release --target dragoman && cd build/release && cpack -G DEB

FROM debian:12-slim
COPY --from=build /dragoman/build/release/dragoman_*.deb /tmp/
RUN apt-get update && apt-get install -y --no-install-recommends /tmp/dragoman_*.deb && rm -rf /tmp/*.deb /var/lib/apt/lists/* \
    && useradd --system --no-create-home dragoman
USER dragoman
EXPOSE 8080
ENTRYPOINT ["dragoman"]
CMD ["serve", "--config", "/etc/dragoman/dragoman.yaml"]
