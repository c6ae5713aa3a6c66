# The static binary and nothing else. Before it: packaging/static
#   docker build -t attain .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/data" attain report sample-data --as-of 2017-07-07 -o report.csv
FROM scratch
COPY target/static/rootfs/ /
WORKDIR /data
USER 65534:65534
ENTRYPOINT ["/attain"]
