#!/usr/bin/env bash
# Runs a Rivulet command on Kubernetes, the driver in a pod. Needs SPARK_HOME, and the image of submit/kubernetes/Dockerfile.
#   submit/kubernetes.sh [--dry-run] --master k8s://https://HOST:6443 --conf spark.kubernetes.container.image=IMAGE \
#     [options of spark-submit] -- train --store s3a://models/clicks …
# What must be there before: kubectl apply -f submit/kubernetes/rbac.yaml -f submit/kubernetes/networkpolicy.yaml
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/spark-submit.bash"
jar=local:///opt/rivulet/rivulet.jar
in_image=-Dlog4j2.configurationFile=file:/opt/rivulet/conf/log4j2.properties
submit --deploy-mode cluster --name rivulet \
  --conf spark.kubernetes.namespace=rivulet \
  --conf spark.kubernetes.authenticate.driver.serviceAccountName=rivulet \
  --conf "spark.kubernetes.driver.podTemplateFile=$home/conf/driver-pod.yaml" \
  --conf "spark.kubernetes.executor.podTemplateFile=$home/conf/executor-pod.yaml" \
  --conf "spark.driver.extraJavaOptions=$in_image" --conf "spark.executor.extraJavaOptions=$in_image" \
  "$@"
