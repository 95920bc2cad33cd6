package io.rivulet.trainer;

import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks of the learner's hot loop have in common: the mean time of an operation, in a
 * JVM of its own. Each lies in the package of what it measures. To run all of them, for about five
 * minutes, or those whose names match a regular expression, after which options of JMH may follow:
 *
 * <pre>
 * mvn -q -DskipTests -pl trainer -am package -Djmh=.*
 * mvn -q -DskipTests -pl trainer -am package -Djmh=Tower
 * mvn -q -DskipTests -pl trainer -am package "-Djmh=Sgemm -p sgemm=ONE_DNN,OPEN_BLAS -p embDim=80"
 * </pre>
 *
 * <p>JMH prints a table and writes {@code trainer/target/jmh.json}. It derives classes from the
 * benchmarks, so these are public and not final, and so are their methods.
 */
@BenchmarkMode(Mode.AverageTime)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public abstract class HotLoopBenchmark {}
