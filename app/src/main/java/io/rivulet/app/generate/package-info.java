/** Synthetic clicks, so that everything runs without anyone's data. */
package io.rivulet.app.generate;
