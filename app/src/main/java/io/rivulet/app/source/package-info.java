/** Where events come from: a Kafka topic, or files in order. */
package io.rivulet.app.source;
