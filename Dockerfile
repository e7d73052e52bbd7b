# syntax=docker/dockerfile:1
# The console's committed build (web/dist) is embedded: no Node stage is needed.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache \
    CGO_ENABLED=0 GOCACHE=/cache go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/daozhang . \
 && mkdir -p /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/daozhang /usr/local/bin/daozhang
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV DAOZHANG_LISTEN=0.0.0.0:8080 \
    DAOZHANG_METRICS_LISTEN=127.0.0.1:9090 \
    DAOZHANG_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
# The binary asks its own /readyz: the image has no shell and no curl.
HEALTHCHECK --interval=15s --timeout=3s --start-period=10s CMD ["/usr/local/bin/daozhang", "doctor", "-ready"]
ENTRYPOINT ["/usr/local/bin/daozhang"]
CMD ["serve"]
