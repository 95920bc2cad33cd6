/** Settings: name, default, check and documentation of each in one place, read once at the top. */
package io.rivulet.app.settings;
