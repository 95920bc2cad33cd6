/** The resident service: windows from a source through features and learner into the store. */
package io.rivulet.app.train;
