package io.rivulet.app.soak;

import java.io.IOException;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;
import org.apache.spark.rpc.RpcEnv;
import scala.Option;
import scala.Tuple3;

/** A standalone cluster on what Spark takes for two hosts; it ends with its standard input. */
public final class TwoHosts {
  static final String READY = "spark://";
  private static final String HOST = "127.0.0.1";
  private static final int MEMORY_MB = 1024;

  private TwoHosts() {}

  /**
   * Prints the master's address.
   *
   * @param args where executors have their directories
   */
  public static void main(String[] args) throws IOException {
    SparkConf conf = new SparkConf().set("spark.master.rest.enabled", "false");
    Tuple3<RpcEnv, Object, Option<Object>> master = Master.startRpcEnvAndEndpoint(HOST, 0, 0, conf);
    String address = READY + HOST + ":" + master._1().address().port();
    int workers = 0;
    for (String host : new String[] {HOST, Disturbance.SLOW_HOST}) {
      Worker.startRpcEnvAndEndpoint(
          host,
          0,
          0,
          1,
          MEMORY_MB,
          new String[] {address},
          args[0],
          Option.<Object>apply(++workers),
          conf,
          Option.empty());
    }
    System.out.println(address);
    while (System.in.read() >= 0) {
      // Goes on.
    }
    System.exit(0);
  }
}
