/** Training from a user's own Spark program, in the manner of MindRec's {@code RecModel}. */
package io.rivulet.app.api;
