#!/usr/bin/env bash
# Runs a Rivulet command on a standalone Spark cluster. Needs SPARK_HOME.
#   submit/local.sh [--dry-run] --master spark://host:7077 [options of spark-submit] -- train --store URI …
# The driver runs here; who is to start it again when it dies says docs/running.md.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/spark-submit.bash"
submit --deploy-mode client --files "$home/conf/log4j2.properties" "$@"
