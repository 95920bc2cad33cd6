/** The deep part's dense layers behind one interface. No Spark. */
package io.rivulet.trainer.tower;
