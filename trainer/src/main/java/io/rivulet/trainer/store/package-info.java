/**
 * The versioned model store: one atomic commit for model, optimizer state and offsets. Its format
 * is specified in {@code docs/store.md}. No Spark; files by Hadoop's {@code FileSystem}.
 */
package io.rivulet.trainer.store;
