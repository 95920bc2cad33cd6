/** Feeds damaged input to all that reads from outside: {@code fuzz}. */
package io.rivulet.app.fuzz;
