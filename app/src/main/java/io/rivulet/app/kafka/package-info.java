/** Kafka: an embedded broker, topics, and the producer of click events. */
package io.rivulet.app.kafka;
