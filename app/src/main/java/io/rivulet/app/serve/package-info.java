/** Scores events over HTTP with the newest version of a store. */
package io.rivulet.app.serve;
