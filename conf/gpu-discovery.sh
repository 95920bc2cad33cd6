#!/usr/bin/env bash
# Tells Spark which GPUs this machine has (spark.executor.resource.gpu.discoveryScript): {"name": "gpu", "addresses": ["0"]}.
set -euo pipefail
addresses=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/.*/"&"/' | paste -sd, -)
echo "{\"name\": \"gpu\", \"addresses\": [$addresses]}"
