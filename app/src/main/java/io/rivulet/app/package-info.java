/** The command line: one class a command, each thin. */
package io.rivulet.app;
