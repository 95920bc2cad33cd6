/** Benchmarks: what is claimed to be fast, measured beside what it is compared with. */
package io.rivulet.app.bench;
