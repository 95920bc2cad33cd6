/** Processes that a benchmark or a soak starts, and the files that it leaves behind. */
package io.rivulet.app.process;
