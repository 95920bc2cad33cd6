#!/usr/bin/env bash
# Runs a Rivulet command on YARN. Needs SPARK_HOME and HADOOP_CONF_DIR.
#   submit/yarn.sh [--dry-run] [options of spark-submit] -- train --store hdfs:///models/clicks …
# The driver runs in the cluster, where YARN starts it again when it dies; with --deploy-mode client it runs here.
# Files that the command names go along: --files my.yaml -- train --config my.yaml …
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/spark-submit.bash"
# Containers have the files of --files on their class path, where log4j looks.
submit --master yarn --deploy-mode cluster --files "$home/conf/log4j2.properties" "$@"
