package io.rivulet.trainer.store;

/**
 * How far a partition has been committed.
 *
 * @param topic Kafka topic, or path of a file
 * @param partition Kafka partition; 0 for a file
 * @param next the first offset not committed
 */
public record PartitionOffset(String topic, int partition, long next) {}
