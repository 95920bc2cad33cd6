package io.rivulet.trainer.spark;

import java.io.Serializable;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/**
 * Jobs in local mode, where nothing need travel: tasks find the objects of this process where the
 * driver left them, and leave theirs. Spark encodes no results, and looks into no closure's class.
 */
final class LocalJobs {
  private static final Map<Long, Task<?>> TASKS = new ConcurrentHashMap<>();
  private static final AtomicLong NEXT = new AtomicLong();

  private LocalJobs() {}

  /** Does its work on a partition; a repeated one does the same again. */
  interface Task<T> {
    void run(int partition, Iterator<T> rows) throws Exception;
  }

  /** Runs a job, one task a partition, and waits for it. */
  static <T> void run(SparkContext spark, RDD<T> rdd, Task<T> task) {
    long number = NEXT.incrementAndGet();
    TASKS.put(number, task);
    try {
      spark.runJob(rdd, new Call<T>(number), ClassTag.apply(BoxedUnit.class));
    } finally {
      TASKS.remove(number);
    }
  }

  private static final class Call<T>
      extends AbstractFunction2<TaskContext, scala.collection.Iterator<T>, BoxedUnit>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final long number;

    Call(long number) {
      this.number = number;
    }

    @Override
    @SuppressWarnings("unchecked")
    public BoxedUnit apply(TaskContext context, scala.collection.Iterator<T> rows) {
      Task<T> task = (Task<T>) TASKS.get(number);
      try {
        task.run(context.partitionId(), JavaConverters.asJavaIterator(rows));
      } catch (Exception e) {
        throw e instanceof RuntimeException own ? own : new IllegalStateException(e);
      }
      return BoxedUnit.UNIT;
    }
  }
}
