#!/bin/sh
# Puts models of the lab's registry into the store of whoever runs this, as if they had been pulled long ago.
#
# Usage: lab-seed NAME…     (OLLAMA_MODELS, or ~/.ollama/models)
set -eu
from=/usr/local/share/lab-registry
to=${OLLAMA_MODELS:-$HOME/.ollama/models}
mkdir -p "$to/blobs"
for name; do
  case $name in *:*) ;; *) name=$name:latest ;; esac
  manifest=manifests/registry.ollama.ai/library/${name%%:*}/${name#*:}
  install -D -m 644 "$from/$manifest" "$to/$manifest"
  for blob in $(grep -o 'sha256:[0-9a-f]*' "$to/$manifest" | tr : -); do
    install -m 644 "$from/blobs/$blob" "$to/blobs/$blob"
  done
done
