# Sourced by the scripts beside it: spark-submit with what Rivulet needs.

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jar=${RIVULET_JAR:-$home/app/target/rivulet.jar}

fail() {
  echo "rivulet: $1" >&2
  exit 2
}

# submit OPTION … -- COMMAND …: options of spark-submit, of which the last wins, then a command of Rivulet.
submit() {
  local dry_run=false mode=client defaults=$home/conf/spark-defaults-cpu.conf
  local files= options=() command
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    case $1 in
      --properties-file | --files | --deploy-mode) [ $# -gt 1 ] || fail "$1 needs a value" ;;
    esac
    case $1 in
      --dry-run) dry_run=true ;;
      --properties-file) defaults=$2 && shift ;;
      --files) files+=${files:+,}$2 && shift ;;
      --deploy-mode) mode=$2 && shift ;;
      *) options+=("$1") ;;
    esac
    shift
  done
  [ $# -gt 1 ] || fail "Which command? Write -- after the options of spark-submit, then say for example: train --store URI"
  shift
  [ "$mode" = cluster ] ||
    options=(--driver-java-options "-Dlog4j2.configurationFile=file:$home/conf/log4j2.properties" "${options[@]}")
  command=("${SPARK_HOME:-\$SPARK_HOME}/bin/spark-submit" --deploy-mode "$mode" --properties-file "$defaults"
    ${files:+--files "$files"} --class io.rivulet.app.Main "${options[@]}" "$jar" "$@")
  if $dry_run; then
    local word
    for word in "${command[@]}"; do
      [[ $word =~ ^[A-Za-z0-9_./:=,+$@-]+$ ]] && printf '%s ' "$word" || printf '%q ' "$word"
    done
    echo
    return
  fi
  [ -n "${SPARK_HOME:-}" ] || fail "Set SPARK_HOME to a Spark 3.5 for Scala 2.12"
  [ -x "$SPARK_HOME/bin/spark-submit" ] || fail "SPARK_HOME is $SPARK_HOME, which has no bin/spark-submit"
  [[ $jar == *:* || -f $jar ]] || fail "There is no $jar; build it with: mvn -DskipTests package"
  exec "${command[@]}"
}
