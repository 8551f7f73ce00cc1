"""Writes a container image with one program and the authorities for TLS, as an OCI layout in a tar.

    oci.py FILE VERSION COMMIT ARCHITECTURE=PROGRAM ...

`skopeo copy oci-archive:FILE docker-daemon:openclaw-doctor:VERSION` and `podman load` take it. The same programs and
commit give the same bytes.
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
EPOCH = int(os.environ["SOURCE_DATE_EPOCH"])

blobs = {}


def blob(content, kind):
    digest = hashlib.sha256(content).hexdigest()
    blobs[f"blobs/sha256/{digest}"] = content
    return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}


def as_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def add(tar, name, content=None, mode=0o755):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.mtime = mode, EPOCH
    if content is None:
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    else:
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))


def layer(program):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        with open(program, "rb") as file:
            add(tar, "openclaw-doctor", file.read())
        for folder in ("etc", "etc/ssl", "etc/ssl/certs"):
            add(tar, folder)
        add(tar, "tmp", mode=0o1777)
        with open(AUTHORITIES, "rb") as file:
            add(tar, AUTHORITIES[1:], file.read(), 0o644)
    return out.getvalue()


def manifest(architecture, program, version, commit):
    plain = layer(program)
    labels = {
        "org.opencontainers.image.title": "openclaw-doctor",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.licenses": "MIT",
    }
    config = {
        "architecture": architecture,
        "os": "linux",
        "config": {"Entrypoint": ["/openclaw-doctor"], "Env": ["PATH=/"], "Labels": labels},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
    }
    content = as_json({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(as_json(config), "config.v1+json"),
        "layers": [blob(gzip.compress(plain, mtime=0), "layer.v1.tar+gzip")],
    })
    return blob(content, "manifest.v1+json") | {"platform": {"architecture": architecture, "os": "linux"}}


def main():
    file, version, commit, *programs = sys.argv[1:]
    images = [manifest(*one.split("=", 1), version, commit) for one in programs]
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json"}
    both = blob(as_json(index | {"manifests": images}), "index.v1+json")
    top = both | {"annotations": {"org.opencontainers.image.ref.name": version}}
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
        add(tar, "oci-layout", as_json({"imageLayoutVersion": "1.0.0"}), 0o644)
        add(tar, "index.json", as_json(index | {"manifests": [top]}), 0o644)
        for folder in ("blobs", "blobs/sha256"):
            add(tar, folder)
        for name in sorted(blobs):
            add(tar, name, blobs[name], 0o644)


main()
