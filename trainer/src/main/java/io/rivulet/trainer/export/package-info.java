/** Versions of a model in the forms of other programs. */
package io.rivulet.trainer.export;
