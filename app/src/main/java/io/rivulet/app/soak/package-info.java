/** Training that is disturbed on purpose, and the proof that nothing was lost by it. */
package io.rivulet.app.soak;
