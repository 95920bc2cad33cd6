/** Scoring events with a store's versions, without Spark. */
package io.rivulet.scorer;
