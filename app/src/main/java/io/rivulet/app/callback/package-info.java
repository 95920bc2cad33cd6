/** What users hang into a training: MindRec's callbacks, after each committed window. */
package io.rivulet.app.callback;
