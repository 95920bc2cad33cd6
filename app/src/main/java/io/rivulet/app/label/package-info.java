/** Makes examples of impressions and the clicks that follow them, or don't, within a horizon. */
package io.rivulet.app.label;
